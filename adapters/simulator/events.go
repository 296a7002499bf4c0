package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// eventLimit is how many events can be caught up with after a lost connection.
const eventLimit = 1000

// heartbeat keeps proxies and browsers from taking a quiet stream for a dead one.
const heartbeat = 15 * time.Second

// events is the log of what changed, for any number of readers at their own pace.
type events struct {
	run string // tells this run's ids from those before a restart

	mu    sync.Mutex
	last  int64 // number of the newest event
	kept  []event
	fresh chan struct{} // closed when something is published
}

type event struct {
	number int64
	kind   string
	data   []byte
}

func newEvents() *events {
	return &events{run: strconv.FormatInt(time.Now().UnixNano(), 36), fresh: make(chan struct{})}
}

// publish adds an event; v is read before publish returns.
func (e *events) publish(kind string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // only this package's own plain types get here
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.kept = append(e.kept, event{e.last, kind, data})
	if len(e.kept) > 2*eventLimit {
		e.kept = append([]event(nil), e.kept[len(e.kept)-eventLimit:]...)
	}
	close(e.fresh)
	e.fresh = make(chan struct{})
}

// since gives the events after a number and a channel that closes when there
// are more. ok is false when some of them are forgotten.
func (e *events) since(number int64) (news []event, more <-chan struct{}, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := e.last - int64(len(e.kept))
	if number < first || number > e.last {
		return nil, e.fresh, false
	}
	return append(news, e.kept[number-first:]...), e.fresh, true
}

// id writes an event's number so that it is not mistaken after a restart.
func (e *events) id(number int64) string { return fmt.Sprintf("%s-%d", e.run, number) }

// number reads an id; ok is false for one of another run.
func (e *events) number(id string) (n int64, ok bool) {
	run, rest, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, err == nil && run == e.run
}

// serveEvents streams what changes. A reader that is new, or has been away
// for too long, first gets an event "state" with everything.
func (s *Simulator) serveEvents(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a stream outlives the server's limit; not every writer has one
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")

	at, known := s.events.number(r.Header.Get("Last-Event-ID"))
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		news, more, ok := s.events.since(at)
		if !known || !ok {
			at, known = s.writeState(w), true
			news = nil
		}
		for _, e := range news {
			fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", s.events.id(e.number), e.kind, e.data)
			at = e.number
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// writeState writes the event "state" and gives the number it stands at.
func (s *Simulator) writeState(w http.ResponseWriter) int64 {
	s.mu.Lock() // nothing is published in between: publishers hold it
	s.events.mu.Lock()
	at := s.events.last
	s.events.mu.Unlock()
	data, err := json.Marshal(s.state())
	s.mu.Unlock()
	if err != nil {
		panic(err) // only this package's own plain types get here
	}
	fmt.Fprintf(w, "id: %s\nevent: state\ndata: %s\n\n", s.events.id(at), data)
	return at
}
