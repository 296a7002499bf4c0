package bot

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// Follow is an announcement of which a worker sees how far it has come.
type Follow struct {
	ID     string            `json:"i"`
	Screen string            `json:"c,omitempty"` // the message that shows it; empty: only what ends it is said
	Shown  string            `json:"h,omitempty"` // what it shows, by a hash
	State  AnnouncementState `json:"s,omitempty"` // what it shows
	Wait   time.Duration     `json:"w,omitempty"` // until it is looked at again
	Next   time.Time         `json:"n,omitzero"`  // when it is
}

// announceTimer is when what a worker follows is looked at.
const announceTimer = "announce"

const (
	// Telegram asks for no more than about one change of a message every
	// three seconds.
	followEvery  = 3 * time.Second
	followSeldom = time.Minute      // while nothing happens
	followReady  = 10 * time.Minute // while it waits for its time
	followEnded  = 15 * time.Minute // receipts come in for some time
	followLong   = 10 * time.Minute // what took longer is not looked at any more: its end is told anew
	maxFollows   = 5
	maxListed    = 8
)

// standing is an announcement as it stands.
type standing struct {
	Announcement
	Progress
}

// boardDo follows a button of an announcement that is kept, or was.
func (t *turn) boardDo(w Worker, id, what string) {
	if what == "list" {
		t.announceList()
		return
	}
	s, ok := t.board.kept[id]
	if !ok && !slices.Contains(t.board.asked, id) {
		t.moved = true
		return
	}
	if !ok {
		l := t.locale()
		t.screen([]string{l.Text("announce.gone", locales.Args{"announce": l.Isolate("/announce")})})
		return
	}
	screen := ""
	if t.press != nil {
		screen = t.press.Message
	}
	mine := s.By.Address == t.p.Address
	ask := map[string]EventKind{"cancel": EventCancel, "yes": EventApprove, "no": EventRefuse}[what]
	switch {
	case (ask == EventApprove || ask == EventRefuse) && mine:
		t.progress(w, s, t.locale().Text("announce.not-own", nil))
	case ask == EventCancel && (s.Open() || s.State == AnnouncementAsked), ask != "" && s.State == AnnouncementAsked:
		t.send(t.p.Address, Event{Kind: ask, Text: id, Screen: screen})
		t.screen([]string{t.locale().Text("announce.moment", nil)})
	default:
		t.followNow(s, screen)
		t.progress(w, s)
	}
}

// followNow has an announcement shown in a message from now on.
func (t *turn) followNow(s standing, screen string) {
	o := t.p.Outreach
	o.Follows = slices.DeleteFunc(slices.Clone(o.Follows), func(f Follow) bool { return f.ID == s.ID })
	o.Follows = append(o.Follows, Follow{ID: s.ID, Screen: screen, State: s.State, Wait: followEvery, Next: t.now.Add(followEvery)})
	o.Follows = o.Follows[max(0, len(o.Follows)-maxFollows):]
	t.wakeFollow()
}

// lookNow has what is followed looked at at once.
func (t *turn) lookNow(id string) {
	for i, f := range t.p.Outreach.Follows {
		if f.ID == id {
			t.p.Outreach.Follows[i].Wait, t.p.Outreach.Follows[i].Next = 0, t.now
			t.wakeFollow()
		}
	}
}

// wakeFollow sets the timer to when the first of what is followed is looked at.
func (t *turn) wakeFollow() {
	var first time.Time
	for _, f := range t.p.Outreach.Follows {
		if first.IsZero() || f.Next.Before(first) {
			first = f.Next
		}
	}
	if !first.IsZero() {
		t.setTimer(announceTimer, first, "")
	}
}

// lookAfter shows how far what the worker follows has come.
func (t *turn) lookAfter(w Worker) {
	o := t.p.Outreach
	if o == nil {
		return
	}
	if t.p.Reach != Reachable {
		o.Follows = nil
	}
	var still []Follow
	for _, f := range o.Follows {
		s, ok := t.board.kept[f.ID]
		switch {
		case !ok && slices.Contains(t.board.asked, f.ID):
			continue // it is kept no more
		case !ok || f.Next.After(t.now):
			still = append(still, f)
			continue
		}
		t.refresh(w, &f, s)
		if s.Ended.IsZero() || t.now.Before(s.Ended.Add(followEnded)) {
			still = append(still, f)
		}
	}
	o.Follows = still
	if len(still) == 0 && o.Draft == nil {
		t.p.Outreach = nil
		return
	}
	t.wakeFollow()
}

// refresh shows one announcement where that says anything new.
func (t *turn) refresh(w Worker, f *Follow, s standing) {
	lines, choices := t.progressLines(w, s)
	shown := hashOf(lines)
	ended := !s.Ended.IsZero()
	news := ended && f.State != s.State
	switch {
	case shown == f.Shown:
		f.Wait = min(2*max(f.Wait, followEvery), followSeldom)
	default:
		f.Wait = followEvery
		if ended && !news {
			f.Wait = followSeldom
		}
		if f.Screen != "" {
			t.press = &Press{Message: f.Screen}
			t.screen(slices.Clone(lines), choices...)
			t.press = nil
		}
		if news && (f.Screen == "" || s.Ended.Sub(cmp.Or(s.Began, s.Made)) > followLong) {
			t.screen(lines, choices...)
		}
	}
	f.Shown, f.State = shown, s.State
	if wait := s.At.Sub(t.now); s.State == AnnouncementReady && wait > followSeldom {
		f.Wait = min(wait, followReady)
	}
	f.Next = t.now.Add(f.Wait)
}

func hashOf(lines []string) string {
	h := fnv.New64a()
	for _, line := range lines {
		h.Write([]byte(line + "\n"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// progress shows an announcement as it stands.
func (t *turn) progress(w Worker, s standing, more ...string) {
	for i, f := range t.p.Outreach.Follows {
		if f.ID == s.ID {
			t.p.Outreach.Follows[i].State = s.State // it is no news any more
		}
	}
	lines, choices := t.progressLines(w, s)
	t.screen(append(lines, more...), choices...)
}

func (t *turn) progressLines(w Worker, s standing) (lines []string, choices []flows.Choice) {
	l := t.locale()
	lines = append(lines, t.stateLine(&s.Announcement))
	if s.By.Address != t.p.Address {
		lines = append(lines, l.Text("announce.by", locales.Args{"who": s.By.Name}))
	}
	lines = append(lines, t.inShort(&s.Announcement))
	if !s.Began.IsZero() {
		lines = append(lines, l.Text("announce.sent", locales.Args{"people": l.Number(s.Sent)}))
		failed := map[string]int{}
		gone := 0
		for reason, n := range s.Failed {
			failed[failure(reason)] += n
			gone += n
		}
		for code, n := range s.Undelivered {
			failed[l.Text("announce.failed-code", locales.Args{"code": l.Isolate(cmp.Or(code, "?"))})] += n
		}
		if s.Delivered > 0 {
			lines = append(lines, l.Text("announce.delivered", locales.Args{"people": l.Number(s.Delivered)}))
		}
		if n := s.Queued - s.Sent - gone; n > 0 && s.Open() {
			lines = append(lines, l.Text("announce.waiting", locales.Args{"people": l.Number(n)}))
		}
		if s.Later > 0 && s.Open() {
			lines = append(lines, l.Text("announce.later", locales.Args{"people": l.Number(s.Later)}))
		}
		for _, reason := range slices.Sorted(maps.Keys(failed)) {
			lines = append(lines, l.Text("announce.failed", locales.Args{
				"why": cmp.Or(l.Text("announce.failed-"+reason, nil), reason), "people": l.Number(failed[reason]),
			}))
		}
		lines = append(lines, t.leftLines(s.Left)...)
	}
	if s.State == AnnouncementAsked && s.By.Address != t.p.Address {
		choices = append(choices, t.choice(s.ID, "yes", "announce.approve"), t.choice(s.ID, "no", "announce.refuse"))
	}
	if s.Open() || s.State == AnnouncementAsked {
		choices = append(choices, t.choice(s.ID, "cancel", "announce.cancel"))
	}
	return lines, append(choices, t.choice(s.ID, "list", "announce.list"))
}

// failure puts why a message was not handed over into words that a worker
// needs to tell apart.
func failure(reason string) string {
	switch reason {
	case "stopped", skipUnsubscribed, string(OptedOut):
		return "stopped"
	case "gone", "unreachable", string(Blocked), string(Impossible):
		return "unreachable"
	case skipCancelled:
		return "cancelled"
	}
	return "network"
}

func (t *turn) stateLine(a *Announcement) string {
	args := locales.Args{"who": a.Approved, "when": t.when(cmp.Or(a.At, t.now))}
	id := "announce.state-" + string(a.State)
	if a.State == AnnouncementReady && !a.At.After(t.now) {
		id = "announce.state-running"
	}
	return t.locale().Text(id, args)
}

// inShort is the beginning of an announcement, in the worker's language where
// it has it.
func (t *turn) inShort(a *Announcement) string {
	text, _, ok := a.In(t.locale().Tag)
	for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
		if !ok && a.Text[tag] != "" {
			text, ok = a.Text[tag], true
		}
	}
	return excerpt(text)
}

// announceList shows the latest announcements.
func (t *turn) announceList() {
	l := t.locale()
	if t.board.latest == nil {
		t.moved = true
		return
	}
	var lines []string
	var choices []flows.Choice
	for i, a := range t.board.latest {
		n := l.Number(i + 1)
		lines = append(lines, n+". "+l.List([]string{l.Date(a.Made.In(t.b.zone)), l.Clock(a.Made.In(t.b.zone)), a.By.Name}), t.stateLine(&a), t.inShort(&a), "")
		choices = append(choices, flows.Choice{Ref: announceRef + a.ID + ":open", Label: n})
	}
	if lines == nil {
		lines = append(lines, l.Text("announce.none", locales.Args{"announce": l.Isolate("/announce")}))
	}
	t.screen(lines, choices...)
}
