package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The ways in which a network can be made to fail.
const (
	faultSlow        = "slow"        // the answer comes after Seconds
	faultThrottled   = "throttled"   // 429, to be tried again after Seconds
	faultBroken      = "broken"      // 500 from Telegram, 503 from Twilio
	faultBlocked     = "blocked"     // 403: the person blocked the bot (Telegram)
	faultGone        = "gone"        // the connection is closed before anything is read
	faultLost        = "lost"        // the message is taken, but the answer never arrives
	faultUnreachable = "unreachable" // taken, later undelivered with 30003 (Twilio)
	faultFiltered    = "filtered"    // taken, later undelivered with 30007 (Twilio)
	faultForbidden   = "forbidden"   // 21215: calls to the country are not switched on (calls)
	faultBusy        = "busy"        // taken, then the phone is busy (calls)
	faultUnanswered  = "unanswered"  // taken, then nobody picks up (calls)
	faultMachine     = "machine"     // a mailbox picks up (calls)
)

// faultKinds lists what each network knows.
var faultKinds = map[string][]string{
	kindTelegram: {faultSlow, faultThrottled, faultBroken, faultBlocked, faultGone, faultLost},
	kindCalls:    {faultSlow, faultThrottled, faultBroken, faultGone, faultLost, faultForbidden, faultBusy, faultUnanswered, faultMachine},
	kindSMS:      {faultSlow, faultThrottled, faultBroken, faultGone, faultLost, faultUnreachable, faultFiltered},
}

// Fault makes calls that reach a phone fail. Calls that only configure the
// bot (getMe, setWebhook, getUpdates) are not touched.
type Fault struct {
	ID      int64  `json:"id"`
	Network string `json:"network"`           // "telegram", "sms" or "calls"
	Kind    string `json:"kind"`              // one of those above
	Phone   string `json:"phone,omitempty"`   // id of the only phone concerned; empty: all
	Seconds int    `json:"seconds,omitempty"` // the delay of slow, the retry_after of throttled; 0 means 3
	Times   int    `json:"times,omitempty"`   // how many calls it still spoils; 0: until it is taken away
}

func (f *Fault) check() error {
	if !slices.Contains(faultKinds[f.Network], f.Kind) {
		return fmt.Errorf("network %q cannot fail as %q: it can be %v", f.Network, f.Kind, faultKinds[f.Network])
	}
	if f.Seconds < 0 || f.Seconds > 600 || f.Times < 0 {
		return fmt.Errorf("seconds is 0 to 600 and times is not negative")
	}
	if f.Seconds == 0 {
		f.Seconds = 3
	}
	return nil
}

// strike takes the fault that a call on a phone meets, the zero Fault if none.
func (s *Simulator) strike(network, phone string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Network != network || f.Phone != "" && f.Phone != phone {
			continue
		}
		met := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
			s.events.publish("faults", s.faultList())
		}
		return met
	}
	return Fault{}
}

// faultList is never nil, for JSON. The caller holds s.mu.
func (s *Simulator) faultList() []*Fault { return append([]*Fault{}, s.faults...) }

// delay waits as a slow network does; false when the caller has gone.
func (s *Simulator) delay(r *http.Request, f Fault) bool {
	return f.Kind != faultSlow || s.opts.Wait(r.Context(), time.Duration(f.Seconds)*time.Second) == nil
}

// hangUp closes the connection without an answer.
func hangUp() { panic(http.ErrAbortHandler) }
