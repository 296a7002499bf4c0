package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
)

// TestAnnouncementFailures: each way in which networks refuse an announcement,
// or tell later that it did not arrive, is counted by its reason, and leads to
// what is right for the person.
func TestAnnouncementFailures(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	// Who is refused at the door, by what the network says.
	doors := map[string]struct {
		status     int
		body, line string
	}{
		"+447700900401": {400, `{"code":21610,"message":"unsubscribed","status":400}`, "not sent, opted-out: 1"},
		"+447700900402": {400, `{"code":21211,"message":"invalid To","status":400}`, "not sent, impossible: 1"},
		"7391840003":    {403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`, "not sent, blocked: 1"},
	}
	// Who is taken, and reported on later.
	reports := map[string]string{
		"+447700900411": "30003", "+447700900412": "30004", "+447700900413": "30005", "+447700900414": "30006", "+447700900415": "30007", "+447700900416": "30008",
	}
	const throttled, well = "7391840021", "+447700900421"
	people := []string{throttled, well}
	for who := range doors {
		people = append(people, who)
	}
	for who := range reports {
		people = append(people, who)
	}
	for _, who := range people {
		d.subscriber(who, "en")
	}
	var mu sync.Mutex
	asked := map[string][]time.Time{}
	d.networks.alter(func() {
		d.networks.refuse = func(to string) (int, string) {
			mu.Lock()
			defer mu.Unlock()
			asked[to] = append(asked[to], time.Now())
			if door, ok := doors[to]; ok {
				return door.status, door.body
			}
			if to == throttled && len(asked[to]) == 1 {
				return 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`
			}
			return 0, ""
		}
	})
	out, trouble, err := d.porchlight("broadcast", "send", announce(t, "text: {en: The cafe is closed on Friday.}\n"))
	if err != nil {
		t.Fatal(err, trouble)
	}
	id := lastLine(out)
	status := func() string {
		out, trouble, err := d.porchlight("broadcast", "status", id)
		if err != nil {
			t.Fatal(err, trouble)
		}
		return out
	}
	adaptertest.Eventually(t, "it is done", func() bool { return strings.Contains(status(), "state: done") })
	for _, door := range doors {
		if got := status(); !strings.Contains(got, door.line+"\n") {
			t.Errorf("no line %q in\n%s", door.line, got)
		}
	}
	mu.Lock()
	if times := asked[throttled]; len(times) != 2 || times[1].Sub(times[0]) < time.Second {
		t.Errorf("after 429 with retry_after 1 it was tried at %v", times)
	}
	for who := range doors {
		if n := len(asked[who]); n != 1 {
			t.Errorf("%s was tried %d times after a final no", who, n)
		}
	}
	mu.Unlock()

	// What Twilio tells afterwards. 30003 is tried again, so is 30008, once.
	for who, code := range reports {
		messages := d.networks.all(who)
		m := messages[len(messages)-1]
		form := receiptForm(m, "undelivered")
		form.Set("ErrorCode", code)
		if got := d.twilio(strings.TrimPrefix(m.Callback, publicURL), form); got != http.StatusOK {
			t.Fatalf("a receipt is answered %d", got)
		}
	}
	got := status()
	for _, code := range reports {
		if line := "not delivered, " + code + ": 1\n"; !strings.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
	for _, line := range []string{"state: running\n", "later: 2\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
	if !regexp.MustCompile(`refuses a text.*code=30007`).MatchString(d.log()) {
		t.Error("the operator is not told of the filtered text")
	}

	// The next one reaches only those who can be reached: the throttled, the
	// well, and those whose handset may come back, or whose text was filtered.
	out, trouble, err = d.porchlight("broadcast", "send", announce(t, "text: {en: The cafe is open again.}\n"), "--dry-run")
	if err != nil || !strings.Contains(out, fmt.Sprintf("people: %d\n", 2+3)) {
		t.Errorf("%v\n%s%s", err, out, trouble)
	}
	// Whoever writes can be reached again.
	d.networks.alter(func() { d.networks.refuse = nil })
	if got := d.telegram(written(99, 7391840003, "en", "hello")); got != http.StatusOK {
		t.Fatal(got)
	}
	if out, _, _ = d.porchlight("broadcast", "send", announce(t, "text: {en: The cafe is open again.}\n"), "--dry-run"); !strings.Contains(out, "people: 6\n") {
		t.Errorf("somebody who unblocked is not reached:\n%s", out)
	}
}
