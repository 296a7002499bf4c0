package redis

import (
	"context"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// wakeChannel carries "<partition> <process>" for each turn kept.
const wakeChannel = "wake"

// wakers are those in this process who wait for news.
type wakers struct {
	self string // names this process in what it publishes
	mu   sync.RWMutex
	all  map[*waker]struct{}
}

// waker holds the partitions one of them has not been told of yet, each once.
type waker struct {
	pending atomic.Uint64 // bit by partition
	signal  chan struct{}
}

func (w *waker) wake(bits uint64) {
	w.pending.Or(bits)
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// word is what a commit publishes.
func (w *wakers) word(p bot.Partition) string { return strconv.Itoa(int(p)) + " " + w.self }

// wake tells everybody in this process at once, without a round trip.
func (w *wakers) wake(p bot.Partition) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for one := range w.all {
		one.wake(1 << p)
	}
}

func (w *wakers) add(one *waker) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[*waker]struct{}{}
	}
	w.all[one] = struct{}{}
}

func (w *wakers) remove(one *waker) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, one)
}

// Wake is bot.Outbox's. It tells of every partition once at the beginning, and
// again whenever the store came back after being away. A partition that is not
// yet taken from the channel is told once, however often it was woken. The
// channel is closed when ctx ends.
func (s *Store) Wake(ctx context.Context) <-chan bot.Partition {
	out := make(chan bot.Partition)
	one := &waker{signal: make(chan struct{}, 1)}
	s.wakers.add(one)
	sub := s.client.Subscribe(ctx, wakeChannel)
	go func() {
		<-ctx.Done()
		s.wakers.remove(one)
		_ = sub.Close() // ends the range below; there is nobody left to tell of an error
	}()
	go func() {
		for m := range sub.ChannelWithSubscriptions() {
			switch m := m.(type) {
			case *goredis.Subscription:
				one.wake(1<<partitions - 1)
			case *goredis.Message:
				number, process, _ := strings.Cut(m.Payload, " ")
				if p, err := strconv.Atoi(number); err == nil && process != s.wakers.self && p >= 0 && p < partitions {
					one.wake(1 << p)
				}
			}
		}
	}()
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case <-one.signal:
			}
			for news := one.pending.Swap(0); news != 0; news &= news - 1 {
				select {
				case <-ctx.Done():
					return
				case out <- bot.Partition(bits.TrailingZeros64(news)):
				}
			}
		}
	}()
	return out
}
