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
func (b *ZoneBook) Zones(number string) (zones []*time.Location) {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return nil
	}
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
