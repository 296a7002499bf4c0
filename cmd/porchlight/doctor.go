package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"porchlight/adapters/redis"
	"porchlight/flows/directory"
	"porchlight/flows/pack"
	"porchlight/locales"
)

type doctor struct{}

// errUnwell says that something was found that would let people down.
var errUnwell = errors.New("people should not rely on it yet: mend what is called wrong")

// Run looks at a deployment before people rely on it: one line for everything
// that was looked at. It changes nothing.
func (doctor) Run(ctx context.Context, std *stdio) error {
	r := &report{out: std.out}
	c, err := readConfig(os.Getenv)
	if err == nil {
		err = c.forServing()
	}
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			r.wrong("settings", strings.TrimSpace(line))
		}
		return errUnwell
	}
	p := r.pack(ctx, c.Org)
	store := r.redis(ctx, c)
	if store != nil {
		defer store.Close()
	}
	if p != nil && store != nil {
		quiet := slog.New(slog.DiscardHandler)
		if h, err := build(c, p, store, quiet); err != nil {
			r.wrong("settings", err.Error())
		} else {
			r.networks(ctx, h)
			r.cover(ctx, h)
		}
	}
	r.public(ctx, c.PublicURL)
	if r.unwell {
		return errUnwell
	}
	return nil
}

// report is what is printed: how something is, what it is, and how to mend it.
type report struct {
	out    io.Writer
	unwell bool
}

func (r *report) line(how, what, said string) { fmt.Fprintf(r.out, "%-5s  %s: %s\n", how, what, said) }
func (r *report) ok(what, said string)        { r.line("ok", what, said) }
func (r *report) note(what, said string)      { r.line("note", what, said) }
func (r *report) wrong(what, said string) {
	r.unwell = true
	r.line("wrong", what, said)
}

// pack looks at what is said to people: faults, languages, lines.
func (r *report) pack(ctx context.Context, dir string) *pack.Pack {
	faults, err := verify(ctx, dir, io.Discard)
	if err != nil {
		r.wrong("pack", err.Error())
		return nil
	}
	if len(faults) > 0 {
		r.wrong("pack", fmt.Sprintf("%d faults: `porchlight check` names them with file, line and remedy", len(faults)))
	}
	p, err := pack.Open(dir)
	if err != nil {
		r.wrong("pack", "cannot be read: `porchlight check` says why")
		return nil
	}
	if len(faults) == 0 {
		r.ok("pack", p.Org.Name+", no faults")
	}
	for _, tag := range p.Org.Languages {
		r.language(p, tag)
	}
	r.lines(p, time.Now())
	return p
}

// language says who has read the texts and the words of a language.
func (r *report) language(p *pack.Pack, tag string) {
	l := p.Catalog.Locale(tag)
	missing, drafted, all := 0, 0, 0
	for _, id := range p.Catalog.IDs() {
		switch all++; {
		case !l.Has(id):
			missing++
		case l.State(id).State != locales.Reviewed:
			drafted++
		}
	}
	words := p.Triage.Review(tag)
	said := fmt.Sprintf("%d texts", all)
	if missing > 0 {
		said += fmt.Sprintf(", %d missing", missing)
	}
	if drafted > 0 {
		said += fmt.Sprintf(", %d drafts that nobody has reviewed", drafted)
	}
	if words.State == "reviewed" {
		said += ", calls for help reviewed by " + words.By + " on " + words.On
	} else {
		said += ", calls for help a draft"
	}
	if missing+drafted > 0 || words.State != "reviewed" {
		r.note("language "+tag, said+": have somebody who speaks it read them (docs/translating.md)")
		return
	}
	r.ok("language "+tag, said)
}

// lines looks at the numbers that people in need are shown first.
func (r *report) lines(p *pack.Pack, now time.Time) {
	help := p.Directory.Lines(p.Org.Country, "", now, p.Org.Languages[0])
	if !help.Known {
		r.wrong("lines", "there is no emergency number for "+p.Org.Country+"; write it into lines.yaml")
	}
	states := map[directory.State]int{}
	for _, c := range append(help.Emergency, help.Lines...) {
		states[c.State]++
	}
	switch {
	case states[directory.Stale] > 0:
		r.wrong("lines", fmt.Sprintf("%d of those shown for %s are stale; call them, and write down who did and when", states[directory.Stale], p.Org.Country))
	case states[directory.Unverified] > 0:
		r.note("lines", fmt.Sprintf("%d of those shown for %s are verified by nobody; call them, and write down who did and when", states[directory.Unverified], p.Org.Country))
	default:
		r.ok("lines", "those shown for "+p.Org.Country+" are verified")
	}
}

// redis looks at whether what was accepted can be lost.
func (r *report) redis(ctx context.Context, c config) *redis.Store {
	store, err := redis.Open(ctx, redis.Options{URL: c.RedisURL, Keys: c.Keys})
	if err != nil {
		r.wrong("redis", err.Error())
		return nil
	}
	if err := store.Ping(ctx); err != nil {
		r.wrong("redis", "does not answer, or not to these keys: "+err.Error())
		return store
	}
	h, err := store.Check(ctx)
	if err != nil {
		r.wrong("redis", err.Error())
		return store
	}
	r.ok("redis", "answers, version "+h.Version)
	switch {
	case !h.Saves:
		r.wrong("redis", "cannot write to its disk; make room, and look at its log")
	case !h.Appends:
		r.wrong("redis", "forgets what was accepted when it restarts; set appendonly yes and appendfsync always")
	case h.Fsync == "":
		r.note("redis", "does not say when what it keeps is on the disk; with anything but appendfsync always up to a second can be lost")
	case h.Fsync != "always":
		r.note("redis", "may lose up to a second when it is killed; set appendfsync always")
	default:
		r.ok("redis", "everything is on the disk before it is acknowledged")
	}
	if h.Evicts {
		r.wrong("redis", "forgets people when its memory is full; set maxmemory-policy noeviction")
	}
	if h.Most > 0 && h.Used > h.Most/10*8 {
		r.wrong("redis", "has used four fifths of its memory; raise maxmemory")
	}
	return store
}

// networks looks at credentials and webhooks.
func (r *report) networks(ctx context.Context, h *house) {
	if h.telegram == nil {
		r.note("telegram", "off: TELEGRAM_BOT_TOKEN is not set")
	} else if health, err := h.telegram.Check(ctx); err != nil {
		r.wrong("telegram", err.Error())
	} else {
		r.ok("telegram", "the token is good, the bot is @"+health.Username)
		for _, wrong := range health.Wrong {
			r.wrong("telegram", wrong)
		}
		if health.Pending > 0 {
			r.note("telegram", fmt.Sprintf("%d updates wait to be fetched", health.Pending))
		}
	}
	if h.sms == nil {
		r.note("sms", "off: TWILIO_ACCOUNT_SID is not set")
		return
	}
	health, err := h.sms.Check(ctx)
	switch {
	case err != nil:
		r.wrong("sms", err.Error())
		return
	case health.Account != "active":
		r.wrong("sms", "the account at Twilio is "+health.Account)
	default:
		r.ok("sms", "the credentials are good, the account is active")
	}
	if health.Trial {
		r.wrong("sms", "a trial account reaches only numbers that were verified at Twilio; upgrade it")
	}
	if !health.Number {
		r.note("sms", "TWILIO_FROM is a messaging service: see yourself that its webhook for incoming messages leads here")
	}
	for _, wrong := range health.Wrong {
		r.wrong("sms", wrong)
	}
}

// cover looks at who is on call now.
func (r *report) cover(ctx context.Context, h *house) {
	missing, err := h.bot.Uncovered(ctx)
	switch {
	case err != nil:
		r.wrong("on call", "it cannot be seen who is: "+err.Error())
	case len(h.pack.Org.Workers) == 0:
		r.note("on call", "there are no listeners: people in need are shown lines alone")
	case len(missing) > 0:
		r.note("on call", "nobody speaks "+strings.Join(missing, ", ")+" at this moment")
	default:
		r.ok("on call", "somebody for each language at this moment")
	}
}

// public looks at whether the outside world reaches the program.
func (r *report) public(ctx context.Context, address string) {
	if address == "" {
		r.note("public address", "none: Telegram is asked for updates, and texts cannot come in")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", nil)
	if err != nil {
		r.wrong("public address", err.Error())
		return
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.wrong("public address", "cannot be reached from here: "+err.Error())
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		r.wrong("public address", "answers "+answer.Status+" at /readyz; start `porchlight serve` behind it")
		return
	}
	r.ok("public address", "leads to a program that is ready")
}
