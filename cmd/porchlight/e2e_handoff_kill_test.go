package main

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// killer ends processes and Redis while messages are on their way, and starts
// them again at once. What and when is chance, but the same in every run.
type killer struct {
	f        *fleet
	handoffs atomic.Int64 // that have come to their end
	starting sync.WaitGroup

	mu     sync.Mutex
	back   *sync.Cond // on mu: what was killed is back
	chance *rand.Rand
	plan   []blow
	busy   bool
	wait   int // how many messages more are let pass
	record []string
	struck [][]bool // by epoch: processes, and last Redis
}

// blow is one strike: who dies, and from which handoff on.
type blow struct {
	after  int64
	taken  bool // the network has the message whose sender dies
	sender bool // the process that sends
	others int
	redis  bool
}

func newKiller(f *fleet, strikes, handoffs int) *killer {
	k := &killer{f: f, chance: seeded(20261122), struck: [][]bool{nil}}
	k.back = sync.NewCond(&k.mu)
	kinds := []blow{
		{sender: true, taken: true}, {redis: true}, {sender: true, redis: true, taken: true}, {sender: true},
		{sender: true, others: 1, taken: true}, {sender: true, others: 2, redis: true, taken: true}, {others: 1, redis: true},
	}
	for i := range strikes {
		b := kinds[i%len(kinds)]
		b.after = int64((i + 1) * handoffs / (strikes + 2)) // a quarter is left for the last one
		k.plan = append(k.plan, b)
	}
	k.wait = k.chance.IntN(40)
	return k
}

// strike is told of every message on its way, before the network has taken it
// and after; true: its sender is dead, and nobody is to be answered.
func (k *killer) strike(process int, taken bool) bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	if k.busy || len(k.plan) == 0 || k.handoffs.Load() < k.plan[0].after || k.plan[0].taken != taken {
		k.mu.Unlock()
		return false
	}
	if k.wait--; k.wait >= 0 {
		k.mu.Unlock()
		return false
	}
	b := k.plan[0]
	k.plan, k.busy, k.wait = k.plan[1:], true, k.chance.IntN(40)
	dies := make([]bool, len(k.f.processes)+1)
	if b.sender {
		dies[process] = true
	}
	for others := b.others; others > 0; {
		if i := k.chance.IntN(len(k.f.processes)); i != process && !dies[i] {
			dies[i] = true
			others--
		}
	}
	dies[len(k.f.processes)] = b.redis
	k.struck = append(k.struck, dies)
	what := ""
	for i, d := range k.f.processes {
		if dies[i] {
			what += string(rune('A' + i))
			d.kill()
		}
	}
	if b.redis {
		what += "R"
		k.f.redis.Kill()
	}
	k.record = append(k.record, what)
	k.f.mu.Lock()
	k.f.epoch++
	k.f.mu.Unlock()
	k.mu.Unlock()
	k.starting.Go(func() {
		if b.redis {
			k.f.redis.Restart()
		}
		for i, d := range k.f.processes {
			if dies[i] {
				d.start()
			}
		}
		k.mu.Lock()
		k.busy = false
		k.back.Broadcast()
		k.mu.Unlock()
	})
	return b.sender
}

// calm waits until what was killed is back. Whoever begins only then leaves
// the strikes that are still to come enough to fall on, however slowly this
// machine starts a process.
func (k *killer) calm() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.busy {
		k.back.Wait()
	}
}

// rest waits until all that was killed is back.
func (k *killer) rest() {
	k.mu.Lock()
	left := len(k.plan)
	k.plan = nil
	k.mu.Unlock()
	if left > 0 {
		k.f.t.Errorf("%d strikes never fell", left)
	}
	k.starting.Wait()
}

// killed reports whether the process that sent the first of two messages, or
// Redis, was killed before the second came.
func (k *killer) killed(first, second arrival) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	died := func(who, after int) bool {
		return slices.ContainsFunc(k.struck[after+1:second.epoch+1], func(dies []bool) bool { return dies[who] })
	}
	return died(first.process, first.began) || died(len(k.f.processes), first.epoch)
}
