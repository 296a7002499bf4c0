package bot

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"porchlight/flows/directory"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Announcing is what the organisation says about announcements.
type Announcing struct {
	Two      bool               // a second worker confirms each one
	Prices   map[string]float64 // of one segment of a text message, by ISO 3166 country
	Currency string             // of Prices, ISO 4217
	// Night reports whether it is night at a time for people of a channel and
	// a country; nil: it never is.
	Night func(channel, country string, at time.Time) bool
}

// Measure is how a text travels, and what is paid for.
type Measure struct {
	Encoding string // as networks name it
	Units    int
	Segments int
}

// Measured is a Channel whose messages are paid for by their length.
type Measured interface{ Measure(m Outbound) Measure }

// Preview is what an announcement would do if it were sent now.
type Preview struct {
	People   int              // who would be told
	Groups   []PreviewGroup   // most people first
	Messages []PreviewMessage // as each channel and language will show it
	Left     map[string]int   // of the audience, who would be left out, by reason
	Night    int              // for how many of People it is night at its time, in some part of their country at least
	Segments int              // of all text messages together
	Cost     float64          // of all whose price is known
	Unpriced int              // people whose text message has no price in org.yaml
	Currency string           // of Cost; empty: org.yaml has no prices
	Links    []string         // in full, each once
	Stops    []Objection      // why it cannot be sent as it is
	Asks     []Objection      // what has to be confirmed first
}

// PreviewGroup is people who get the same message at the same price.
type PreviewGroup struct {
	Channel, Language, Country string // Language is the text's, Country ISO 3166 or empty
	People                     int
	Segments                   int // of one message; 0 where nothing is paid
	Cost                       float64
}

// PreviewMessage is what a phone will show.
type PreviewMessage struct {
	Channel, Language, Text string
	Measure                     // zero where nothing is paid
	Reads                   int // people
}

// Objection is a reason against sending, as a text of the locales.
type Objection struct {
	ID   string
	Args locales.Args
}

// ErrObjection says that an announcement was not kept because of what its
// Preview objects to.
var ErrObjection = errors.New("the announcement cannot be sent as it is")

// few is below how many people a narrowed audience may tell who they are to
// each other, or to whoever sees a phone.
const few = 5

// announceTwice is how long the same words are taken for a mistake.
const announceTwice = 24 * time.Hour

// PreviewAnnouncement says what an announcement would do. It changes nothing.
func (b *Bot) PreviewAnnouncement(ctx context.Context, a Announcement) (Preview, error) {
	p := Preview{Left: map[string]int{}, Currency: b.announcing.Currency, Links: links(a.Text)}
	segments, err := b.board.Segments(ctx)
	if err != nil {
		return p, err
	}
	for _, s := range segments {
		b.previewSegment(&p, &a, s)
	}
	slices.SortStableFunc(p.Groups, func(x, y PreviewGroup) int {
		return cmp.Or(y.People-x.People, strings.Compare(x.Channel+x.Language+x.Country, y.Channel+y.Language+y.Country))
	})
	b.previewMessages(&p, &a)
	p.Stops = append(p.Stops, b.stops(&a, &p)...)
	if p.Asks, err = b.asks(ctx, &a, &p); err != nil {
		return p, err
	}
	return p, nil
}

// previewSegment adds people of one segment.
func (b *Bot) previewSegment(p *Preview, a *Announcement, s SegmentCount) {
	language := b.language(s.Language)
	if !a.Audience.Has(s.Segment, language) {
		return
	}
	channel, ok := b.channels[s.Channel]
	if !ok {
		p.Left[LeftChannel] += s.People
		return
	}
	if serving, ok := channel.(Serving); ok && !serving.Serves(s.Country) {
		p.Left[LeftCountry] += s.People
		return
	}
	text, tag, ok := a.In(language)
	if !ok {
		p.Left[LeftNoText] += s.People
		return
	}
	at := cmp.Or(a.At, b.clock.Now())
	if now := b.clock.Now(); at.Before(now) {
		at = now
	}
	g := PreviewGroup{Channel: s.Channel, Language: tag}
	night := b.announcing.Night != nil && b.announcing.Night(s.Channel, s.Country, at)
	if _, ok := channel.(Silencer); ok {
		night = false
	}
	if m, ok := channel.(Measured); ok {
		g.Country = s.Country
		g.Segments = m.Measure(b.announcement(a, Address{Channel: s.Channel}, text, tag, false)).Segments
	}
	i := slices.IndexFunc(p.Groups, func(other PreviewGroup) bool {
		return other.Channel == g.Channel && other.Language == g.Language && other.Country == g.Country
	})
	if i < 0 {
		i = len(p.Groups)
		p.Groups = append(p.Groups, g)
	}
	p.People += s.People
	p.Groups[i].People += s.People
	p.Segments += g.Segments * s.People
	if night {
		p.Night += s.People
	}
	if g.Segments > 0 {
		price, ok := b.announcing.Prices[s.Country]
		if !ok {
			p.Unpriced += s.People
		}
		cost := price * float64(g.Segments*s.People)
		p.Groups[i].Cost += cost
		p.Cost += cost
	}
}

// previewMessages adds what phones will show: each language of the text that
// somebody reads, or all of them while nobody does, on each channel.
func (b *Bot) previewMessages(p *Preview, a *Announcement) {
	for _, name := range slices.Sorted(maps.Keys(b.channels)) {
		if len(a.Audience.Channels) > 0 && !slices.Contains(a.Audience.Channels, name) {
			continue
		}
		channel := b.channels[name]
		for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
			m := PreviewMessage{Channel: name, Language: tag}
			for _, g := range p.Groups {
				if g.Channel == name && g.Language == tag {
					m.Reads += g.People
				}
			}
			if m.Reads == 0 && p.People > 0 || a.Text[tag] == "" {
				continue
			}
			out := b.announcement(a, Address{Channel: name}, a.Text[tag], tag, false)
			parts := channel.Divide(out)
			if len(parts) > 1 {
				p.Stops = append(p.Stops, Objection{"announce.stop-long", locales.Args{"language": tag, "channel": name}})
			}
			var words []string
			for _, part := range parts {
				words = append(words, part.Text)
			}
			m.Text = strings.Join(words, "\n")
			if measured, ok := channel.(Measured); ok {
				m.Measure = measured.Measure(out)
			}
			p.Messages = append(p.Messages, m)
		}
	}
}

// stops are the reasons for which nobody may send it as it is.
func (b *Bot) stops(a *Announcement, p *Preview) (all []Objection) {
	empty := true
	for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
		text := a.Text[tag]
		empty = empty && strings.TrimSpace(text) == ""
		if b.machine.Triage.Mentions(text) {
			if _, ok := b.lineIn(text, tag); !ok {
				all = append(all, Objection{"announce.stop-suicide", locales.Args{"language": tag}})
			}
		}
	}
	if empty {
		all = append(all, Objection{"announce.stop-empty", nil})
	} else if p.People == 0 {
		all = append(all, Objection{"announce.stop-nobody", nil})
	}
	return all
}

// lineIn finds a line in a text that can be turned to now: one for the
// organisation's country that is not stale.
func (b *Bot) lineIn(text, language string) (line directory.Call, ok bool) {
	digits := onlyDigits(text)
	help := b.machine.Directory.Lines(b.machine.Org.Country, string(triage.Suicide), b.clock.Now(), language)
	for _, c := range slices.Concat(help.Emergency, help.Lines) {
		numbers := append([]string{c.Phone}, c.Also...)
		if c.SMS != nil {
			numbers = append(numbers, c.SMS.Number)
		}
		for _, number := range numbers {
			if n := onlyDigits(number); n != "" && c.State != directory.Stale && strings.Contains(" "+digits+" ", " "+n+" ") {
				return c, true
			}
		}
	}
	return directory.Call{}, false
}

// onlyDigits are the numbers of a text in ASCII digits, with a space between:
// what stands between the digits of a number does not matter.
func onlyDigits(text string) string {
	var out strings.Builder
	gap := 0
	for _, r := range triage.Digits(text) {
		switch {
		case r >= '0' && r <= '9':
			if gap > 2 && out.Len() > 0 {
				out.WriteByte(' ')
			}
			gap = 0
			out.WriteRune(r)
		case strings.ContainsRune(" -.()\u00a0\u202f\u2066\u2069", r):
			gap++
		default:
			gap += 3
		}
	}
	return out.String()
}

// asks are the reasons for which somebody must say it twice.
func (b *Bot) asks(ctx context.Context, a *Announcement, p *Preview) (all []Objection, err error) {
	for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
		if line, ok := b.lineIn(a.Text[tag], tag); ok && line.State != directory.Verified && b.machine.Triage.Mentions(a.Text[tag]) {
			all = append(all, Objection{"announce.ask-unverified", locales.Args{"number": line.Phone}})
			break
		}
	}
	narrow := len(a.Audience.Languages)+len(a.Audience.Areas)+len(a.Audience.Topics) > 0
	if narrow && p.People > 0 && p.People < few {
		all = append(all, Objection{"announce.ask-few", locales.Args{"count": p.People}})
	}
	latest, err := b.board.Announcements(ctx, 100)
	if err != nil {
		return nil, err
	}
	for _, other := range latest {
		if other.ID != a.ID && other.State != AnnouncementCancelled && other.State != AnnouncementRefused &&
			b.clock.Now().Sub(other.Made) < announceTwice && other.words() == a.words() {
			return append(all, Objection{"announce.ask-again", locales.Args{"who": other.By.Name, "at": other.Made.In(b.zone).Format("15:04")}}), nil
		}
	}
	return all, nil
}

// Announce keeps an announcement, to be spread when it is time and, where two
// are needed, when a second worker has confirmed it. confirmed says that what
// its Preview asks was seen. One that is kept already under its id stays as it
// is. The error wraps ErrObjection where the preview objects.
func (b *Bot) Announce(ctx context.Context, a Announcement, confirmed bool) (Announcement, error) {
	if had, ok, err := b.board.Announcement(ctx, a.ID); ok || err != nil {
		if err == nil && had.State == AnnouncementAsked {
			err = b.askSecond(ctx, had)
		}
		return had, err
	}
	p, err := b.PreviewAnnouncement(ctx, a)
	if err != nil {
		return a, err
	}
	if len(p.Stops) > 0 || len(p.Asks) > 0 && !confirmed {
		return a, ErrObjection
	}
	kept, err := b.board.ChangeAnnouncement(ctx, a.ID, "made", a.By.Name, func(had *Announcement) error {
		if had.State != "" {
			return errAsItWas
		}
		*had = a
		had.Made, had.State = b.clock.Now(), AnnouncementReady
		if b.announcing.Two {
			had.State = AnnouncementAsked
		}
		return nil
	})
	if err != nil && !errors.Is(err, errAsItWas) {
		return a, err
	}
	b.announceNow()
	if kept.State == AnnouncementAsked {
		return kept, b.askSecond(ctx, kept)
	}
	return kept, nil
}

// Approve is a second worker's word on an announcement that waits for it. By
// its own author, or where it does not wait, it changes nothing.
func (b *Bot) Approve(ctx context.Context, id string, by Author, yes bool) (Announcement, error) {
	what := "approved"
	if !yes {
		what = "refused"
	}
	return b.changeAnnouncement(ctx, id, what, by, func(a *Announcement) bool {
		if a.State != AnnouncementAsked || a.By.Address == by.Address {
			return false
		}
		a.Approved, a.State = by.Name, AnnouncementReady
		if !yes {
			a.State, a.Ended = AnnouncementRefused, b.clock.Now()
		}
		return true
	})
}

// CancelAnnouncement stops an announcement: nothing more of it leaves, within
// a second or two on every process. One that has ended stays as it is.
func (b *Bot) CancelAnnouncement(ctx context.Context, id string, by Author) (Announcement, error) {
	return b.changeAnnouncement(ctx, id, "cancelled", by, func(a *Announcement) bool {
		if !a.Open() && a.State != AnnouncementAsked {
			return false
		}
		a.State, a.Ended = AnnouncementCancelled, b.clock.Now()
		return true
	})
}

// changeAnnouncement keeps a change of one that is there already, where change
// makes any.
func (b *Bot) changeAnnouncement(ctx context.Context, id, what string, by Author, change func(*Announcement) bool) (Announcement, error) {
	a, err := b.board.ChangeAnnouncement(ctx, id, what, by.Name, func(a *Announcement) error {
		switch {
		case a.State == "":
			return ErrNoAnnouncement
		case !change(a):
			return errAsItWas
		}
		return nil
	})
	if errors.Is(err, errAsItWas) {
		err = nil
	}
	b.announceNow()
	return a, err
}

// language is what people are written to in who have chosen none.
func (b *Bot) language(chosen string) string {
	if l := b.machine.Catalog.Locale(chosen); l != nil && chosen != "" {
		return l.Tag
	}
	return b.machine.Org.Languages[0]
}

// link is what phones make tappable.
var link = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/[^\s<>"]*`)

func links(texts map[string]string) (all []string) {
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		for _, found := range link.FindAllString(texts[tag], -1) {
			if found = strings.TrimRight(found, ".,;:!?)"); !slices.Contains(all, found) {
				all = append(all, found)
			}
		}
	}
	return all
}
