// Package locales holds what is said, one file a language, and how dates,
// numbers and direction are written in it.
package locales
