package bot_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"porchlight/bot"
)

// script is a channel that answers as the test says and notes what it was handed.
type script struct {
	name   string
	answer func(ctx context.Context, m bot.Outbound, attempt int) error // nil: takes everything
	cost   func(bot.Outbound) int

	mu       sync.Mutex
	attempts map[string]int
	inFlight map[string]int
	sent     []sending
	overlaps int // times that two messages of one person were in flight
}

type sending struct {
	who, text string
	lane      bot.Lane
	at        time.Time
}

func newScript(name string, answer func(context.Context, bot.Outbound, int) error) *script {
	return &script{name: name, answer: answer, attempts: map[string]int{}, inFlight: map[string]int{}}
}

func (s *script) Name() string                         { return s.name }
func (s *script) Divide(m bot.Outbound) []bot.Outbound { return []bot.Outbound{m} }

func (s *script) Cost(m bot.Outbound) int {
	if s.cost == nil {
		return 1
	}
	return s.cost(m)
}

func (s *script) Send(ctx context.Context, m bot.Outbound) (bot.Receipt, error) {
	s.mu.Lock()
	s.attempts[m.Text]++
	attempt := s.attempts[m.Text]
	if s.inFlight[m.To.ID]++; s.inFlight[m.To.ID] > 1 {
		s.overlaps++
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inFlight[m.To.ID]--
		s.mu.Unlock()
	}()
	at := time.Now()
	if s.answer != nil {
		if err := s.answer(ctx, m, attempt); err != nil {
			return bot.Receipt{}, err
		}
	}
	s.mu.Lock()
	s.sent = append(s.sent, sending{m.To.ID, m.Text, m.Lane, at})
	s.mu.Unlock()
	return bot.Receipt{ID: m.Text}, nil
}

func (s *script) log() []sending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *script) texts() (texts []string) {
	for _, m := range s.log() {
		texts = append(texts, m.text)
	}
	return texts
}

func (s *script) tries(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts[text]
}

// meter counts by name and label values.
type meter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (m *meter) Count(name string, labels ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]int{}
	}
	m.counts[fmt.Sprint(append([]string{name}, labels...))]++
}

func (m *meter) Observe(string, float64, ...string) {}

func (m *meter) of(name string, labels ...string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[fmt.Sprint(append([]string{name}, labels...))]
}
