package sms

import (
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// ZoneBook tells where the clock stands for whoever has a number. The zero
// value is ready, and safe for concurrent use.
type ZoneBook struct {
	known sync.Map // the zones by their IANA names: reading one from its file takes long
}

// Zones are the time zones in which whoever has a number (E.164) may be, as
// the numbering plans say; none where they say nothing.
func (b *ZoneBook) Zones(number string) []*time.Location {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return nil
	}
	return b.zones(parsed)
}

func (b *ZoneBook) zones(parsed *phonenumbers.PhoneNumber) (zones []*time.Location) {
	names, err := phonenumbers.GetTimezonesForNumber(parsed)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if name == phonenumbers.UNKNOWN_TIMEZONE {
			continue
		}
		if zone, ok := b.known.Load(name); ok {
			zones = append(zones, zone.(*time.Location))
		} else if zone, err := time.LoadLocation(name); err == nil {
			b.known.Store(name, zone)
			zones = append(zones, zone)
		}
	}
	return zones
}

// ZonesOf are the time zones of a country (ISO 3166), as its numbering plan
// says; those of a larger plan where several countries share one.
func (b *ZoneBook) ZonesOf(country string) []*time.Location {
	code := phonenumbers.GetCountryCodeForRegion(country)
	if code == 0 {
		return nil
	}
	return b.zones(&phonenumbers.PhoneNumber{CountryCode: new(int32(code))})
}
