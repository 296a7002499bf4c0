package sms

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestCountry(t *testing.T) {
	for number, want := range map[string]string{
		"+447700900123": "GB", // given to nobody: kept for films
		"+447911123456": "GB", // Guernsey's
		"+353851234567": "IE", "+252612345678": "SO", "+390612345678": "IT", "+12025550123": "US", "+16135550123": "CA",
		"+15005550006": "US", // Twilio's for tests
		"+79123456789": "RU", "+77012345678": "KZ", "+963933123456": "SY",
		"+999123456789": "", "+80012345678": "", "": "", "+": "", "+4": "",
	} {
		if got := country(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

// TestCountryAgreesWithParse: reading E.164 directly tells the same as the
// library's own reading, for a mobile number of every country.
func TestCountryAgreesWithParse(t *testing.T) {
	shared := map[string]string{"GG": "GB", "JE": "GB", "IM": "GB", "AX": "FI", "CC": "AU", "CX": "AU", "SJ": "NO", "VA": "IT"}
	n := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			n++
			number := phonenumbers.Format(example, phonenumbers.E164)
			parsed, err := phonenumbers.Parse(number, "")
			if err != nil {
				t.Fatal(err)
			}
			want := phonenumbers.GetRegionCodeForNumber(parsed)
			if s, ok := shared[want]; ok {
				want = s
			}
			if got := country(number); got != want {
				t.Errorf("%s (%s): %q, want %q", number, region, got, want)
			}
		}
	}
	if n < 400 {
		t.Errorf("compared only %d numbers", n)
	}
}

func BenchmarkCountry(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		country("+447700900123")
	}
}
