package sms
const maxUnits = 1600
