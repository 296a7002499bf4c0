package sms

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// country is the ISO 3166 code of the country that an E.164 number belongs
// to, empty when it cannot be told. A number that nobody was given counts as
// its calling code's main country. Territories that share a country's
// numbers, prices and emergency services count as that country: in Britain's
// mobile numbers only a few digits tell Guernsey from Manchester.
func country(number string) string {
	// As E.164 needs no guessing, this does without the library's Parse, which takes far longer.
	digits := strings.TrimPrefix(number, "+")
	for n := 1; n <= 3 && n < len(digits); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err != nil {
			return ""
		}
		main := phonenumbers.GetRegionCodeForCountryCode(code)
		if main == phonenumbers.UNKNOWN_REGION {
			continue
		}
		region := phonenumbers.GetRegionCodeForNumber(national(code, digits[n:]))
		if !isCountry(region) {
			region = main
		}
		switch region {
		case "GG", "JE", "IM":
			return "GB"
		case "AX":
			return "FI"
		case "CC", "CX":
			return "AU"
		case "SJ":
			return "NO"
		case "VA":
			return "IT"
		}
		if isCountry(region) {
			return region
		}
		return ""
	}
	return ""
}

// national is a number as the library holds it.
func national(code int, digits string) *phonenumbers.PhoneNumber {
	significant, _ := strconv.ParseUint(digits, 10, 64) // at most 15 digits
	n := &phonenumbers.PhoneNumber{CountryCode: new(int32), NationalNumber: &significant}
	*n.CountryCode = int32(code)
	if zeros := int32(len(digits) - len(strings.TrimLeft(digits, "0"))); zeros > 0 { // as in Italy
		leading := true
		n.ItalianLeadingZero, n.NumberOfLeadingZeros = &leading, &zeros
	}
	return n
}

func isCountry(region string) bool { return len(region) == 2 && region != phonenumbers.UNKNOWN_REGION }
