package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"porchlight/adapters/redis"
	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/bot"
	"porchlight/flows/pack"
)

// broadcast is announcements from the command line. What it keeps in Redis a
// serving process sends.
type broadcast struct {
	Send   broadcastSend   `cmd:"" help:"Send an announcement from a file. Its id is the last line printed."`
	List   broadcastList   `cmd:"" help:"List the latest announcements."`
	Status broadcastStatus `cmd:"" help:"Say how far an announcement has come."`
	Cancel broadcastCancel `cmd:"" help:"Stop an announcement: nothing more of it leaves."`
}

// channelNames are the networks that announcements can be for.
var channelNames = []string{"telegram", "sms"}

// atCommandLine is who made what is sent from here.
var atCommandLine = bot.Author{Name: "command line"}

// office is what the commands work with: the store and the pack, and channels
// on which nothing is sent.
type office struct {
	pack  *pack.Pack
	store *redis.Store
	bot   *bot.Bot
}

func openOffice(ctx context.Context) (*office, error) {
	c, err := readConfig(os.Getenv)
	if err != nil {
		return nil, err
	}
	if c.RedisURL == "" || len(c.Keys) == 0 {
		return nil, errors.New("set REDIS_URL and PORCHLIGHT_KEY as for serve: they say where people are kept")
	}
	p, err := pack.Open(c.Org)
	if err != nil {
		return nil, err
	}
	machine, err := p.Machine(presentations())
	if err != nil {
		return nil, err
	}
	store, err := redis.Open(ctx, redis.Options{URL: c.RedisURL, Keys: c.Keys})
	if err != nil {
		return nil, err
	}
	channels := []bot.Channel{paperTelegram{}, paperSMS{p.Org.SMS.Countries}}
	return &office{p, store, bot.New(bot.Config{
		Store: store, Machine: machine, Channels: channels, Workers: workers(p, channels), Handoff: handoffTimes(p),
		Log: slog.New(slog.DiscardHandler), Board: store, Quiet: quietHours(p), Announcing: announcing(p),
	})}, nil
}

// announcing is what the pack says about announcements.
func announcing(p *pack.Pack) bot.Announcing {
	var book sms.ZoneBook
	return bot.Announcing{
		Two: p.Org.Approval == "two", Prices: p.Org.SMS.Prices.Segment, Currency: p.Org.SMS.Prices.Currency,
		Night: func(channel, country string, at time.Time) bool {
			if channel != "sms" {
				return !p.Org.Quiet(at).IsZero()
			}
			return !p.Org.Quiet(at, book.ZonesOf(country)...).IsZero()
		},
	}
}

// errPaper is what a channel of the office gives: the serving process sends.
var errPaper = errors.New("nothing is sent from the command line")

// paperTelegram and paperSMS show and measure messages as the channels would.
type paperTelegram struct{}

func (paperTelegram) Name() string                         { return "telegram" }
func (paperTelegram) CanBeSilent()                         {}
func (paperTelegram) Divide(m bot.Outbound) []bot.Outbound { return telegram.Divide(m) }
func (paperTelegram) Send(context.Context, bot.Outbound) (bot.Receipt, error) {
	return bot.Receipt{}, errPaper
}

type paperSMS struct{ countries []string }

func (paperSMS) Name() string                         { return "sms" }
func (paperSMS) Divide(m bot.Outbound) []bot.Outbound { return sms.Divide(m, maxSegments) }
func (s paperSMS) Measure(m bot.Outbound) bot.Measure { return sms.MeasureAll(s.Divide(m)) }
func (s paperSMS) Serves(country string) bool {
	return country == "" || slices.Contains(s.countries, country)
}
func (paperSMS) Send(context.Context, bot.Outbound) (bot.Receipt, error) {
	return bot.Receipt{}, errPaper
}

type broadcastSend struct {
	File   string `arg:"" type:"path" help:"The announcement, as docs/announcements.md describes it."`
	DryRun bool   `help:"Only say what it would do."`
	Yes    bool   `help:"Send although something is asked first, such as that the same words were sent today."`
}

// Run says what an announcement does, keeps it unless that was all, and, on a
// terminal, shows how it goes on.
func (c broadcastSend) Run(ctx context.Context, std *stdio) error {
	o, err := openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.store.Close()
	a, err := readAnnouncement(c.File, o.pack, time.Now())
	if err != nil {
		faults, err := split(err)
		for _, f := range faults {
			fmt.Fprintln(std.out, f)
		}
		if err == nil {
			err = errFaults
		}
		return err
	}
	a.ID, a.By = rand.Text()[:10], atCommandLine
	preview, err := o.bot.PreviewAnnouncement(ctx, a)
	if err != nil {
		return err
	}
	o.show(std.out, preview, a)
	switch {
	case len(preview.Stops) > 0:
		return errors.New("it cannot be sent as it is")
	case c.DryRun:
		return nil
	case len(preview.Asks) > 0 && !c.Yes:
		return errors.New("nothing was sent: to send it nevertheless, add --yes")
	}
	if a, err = o.bot.Announce(ctx, a, true); err != nil {
		return err
	}
	if a.State == bot.AnnouncementAsked {
		fmt.Fprintln(std.err, "a second worker is asked to confirm it")
	} else if isTerminal(std.err) {
		if err := o.follow(ctx, std.err, a.ID); err != nil {
			return err
		}
	}
	fmt.Fprintln(std.out, a.ID)
	return nil
}

// show prints a preview.
func (o *office) show(out io.Writer, p bot.Preview, a bot.Announcement) {
	for _, m := range p.Messages {
		fmt.Fprintf(out, "--- %s, %s", m.Channel, m.Language)
		if m.Segments > 0 {
			fmt.Fprintf(out, ", %s, %d characters, %d segments", m.Encoding, m.Units, m.Segments)
		}
		fmt.Fprintf(out, "\n%s\n", m.Text)
	}
	fmt.Fprintln(out, "---")
	fmt.Fprintf(out, "people: %d\n", p.People)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, g := range p.Groups {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%d people", g.Channel, g.Language, g.Country, g.People)
		if g.Segments > 0 {
			fmt.Fprintf(table, "\t%d segments\t%s", g.Segments*g.People, money(g.Cost, p.Currency))
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush()
	if p.Segments > 0 {
		fmt.Fprintf(out, "segments: %d, cost: %s", p.Segments, money(p.Cost, p.Currency))
		if p.Unpriced > 0 && p.Currency != "" {
			fmt.Fprintf(out, ", besides %d people whose country has no price in org.yaml", p.Unpriced)
		}
		fmt.Fprintln(out)
	}
	if p.Night > 0 {
		fmt.Fprintf(out, "quiet hours: %d people are told when they end\n", p.Night)
	}
	for _, reason := range slices.Sorted(maps.Keys(p.Left)) {
		fmt.Fprintf(out, "left out: %d people, %s\n", p.Left[reason], reasons[reason])
	}
	for _, link := range p.Links {
		fmt.Fprintf(out, "link: %s\n", link)
	}
	if !a.At.IsZero() {
		fmt.Fprintf(out, "at: %s\n", a.At.In(o.pack.Org.Zone).Format("Mon 2 Jan 2006 15:04 MST"))
	}
	l := o.pack.Catalog.Locale("en")
	for _, why := range p.Stops {
		fmt.Fprintf(out, "stopped: %s\n", l.Text(why.ID, why.Args))
	}
	for _, why := range p.Asks {
		fmt.Fprintf(out, "asked: %s\n", l.Text(why.ID, why.Args))
	}
}

func money(cost float64, currency string) string {
	if currency == "" {
		return "unknown (org.yaml has no prices)"
	}
	return fmt.Sprintf("%.2f %s", cost, currency)
}

// reasons explain why somebody was left out, or not told.
var reasons = map[string]string{
	bot.LeftNoText: "no text in their language", bot.LeftCountry: "their country is not among sms.countries of org.yaml",
	bot.LeftChannel: "their channel is switched off", bot.LeftLate: "it was too late for them",
	bot.LeftTalk: "they were talking with a listener, or in need", bot.LeftChanged: "they changed what they hear meanwhile",
	bot.LeftGone: "nothing is kept of them any more",
}

type broadcastList struct{}

// Run lists the latest announcements, newest first.
func (broadcastList) Run(ctx context.Context, std *stdio) error {
	o, err := openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.store.Close()
	all, err := o.store.Announcements(ctx, 50)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, a := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", a.ID, a.State, a.Made.In(o.pack.Org.Zone).Format("2006-01-02 15:04"), a.By.Name,
			strings.Join(slices.Sorted(maps.Keys(a.Text)), ","))
	}
	return table.Flush()
}

type broadcastStatus struct {
	ID string `arg:"" help:"The announcement's id."`
}

// Run says how far an announcement has come.
func (c broadcastStatus) Run(ctx context.Context, std *stdio) error {
	o, err := openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.store.Close()
	a, p, err := o.status(ctx, c.ID)
	if err != nil {
		return err
	}
	line := func(name string, value any) { fmt.Fprintf(std.out, "%s: %v\n", name, value) }
	clock := func(name string, at time.Time) {
		if !at.IsZero() {
			line(name, at.In(o.pack.Org.Zone).Format("2006-01-02 15:04:05"))
		}
	}
	line("state", a.State)
	line("by", a.By.Name)
	if a.Approved != "" {
		line("approved", a.Approved)
	}
	clock("made", a.Made)
	clock("at", a.At)
	clock("began", a.Began)
	clock("ended", a.Ended)
	line("written", p.Queued)
	line("later", p.Later)
	line("sent", p.Sent)
	line("delivered", p.Delivered)
	for _, reason := range slices.Sorted(maps.Keys(p.Left)) {
		line("left out, "+reason, p.Left[reason])
	}
	for _, reason := range slices.Sorted(maps.Keys(p.Failed)) {
		line("not sent, "+reason, p.Failed[reason])
	}
	for _, code := range slices.Sorted(maps.Keys(p.Undelivered)) {
		line("not delivered, "+code, p.Undelivered[code])
	}
	return nil
}

func (o *office) status(ctx context.Context, id string) (bot.Announcement, bot.Progress, error) {
	a, ok, err := o.store.Announcement(ctx, id)
	if err == nil && !ok {
		err = unknownAnnouncement(id)
	}
	if err != nil {
		return a, bot.Progress{}, err
	}
	p, err := o.store.Progress(ctx, id)
	return a, p, err
}

func unknownAnnouncement(id string) error {
	return fmt.Errorf("there is no announcement %q: `porchlight broadcast list` shows those there are", id)
}

type broadcastCancel struct {
	ID string `arg:"" help:"The announcement's id."`
}

// Run stops an announcement.
func (c broadcastCancel) Run(ctx context.Context, std *stdio) error {
	o, err := openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.store.Close()
	a, err := o.bot.CancelAnnouncement(ctx, c.ID, atCommandLine)
	if errors.Is(err, bot.ErrNoAnnouncement) {
		return unknownAnnouncement(c.ID)
	}
	if err != nil {
		return err
	}
	if a.State != bot.AnnouncementCancelled {
		return fmt.Errorf("it has ended already: %s", a.State)
	}
	fmt.Fprintln(std.out, "cancelled")
	return nil
}

// follow shows how an announcement goes on, in one line that changes, until it
// has ended.
func (o *office) follow(ctx context.Context, out io.Writer, id string) error {
	const width = 30
	for {
		a, p, err := o.status(ctx, id)
		if err != nil {
			return err
		}
		through := p.Sent
		for _, n := range p.Failed {
			through += n
		}
		all := max(p.Queued+p.Later, 1)
		filled := min(width, width*through/all)
		fmt.Fprintf(out, "\r[%s%s] %s: %d of %d sent, %d later ", strings.Repeat("#", filled), strings.Repeat(".", width-filled), a.State, p.Sent, p.Queued, p.Later)
		if !a.Open() || a.State == bot.AnnouncementReady && a.At.After(time.Now()) {
			fmt.Fprintln(out)
			return nil
		}
		select {
		case <-ctx.Done(): // it goes on without anybody looking
			fmt.Fprintln(out)
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// isTerminal reports whether somebody looks at what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
