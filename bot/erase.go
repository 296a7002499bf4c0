package bot

import (
	"context"
	"crypto/rand"
	"fmt"
)

// Erase removes all that is kept about the person at an address, and what waits
// to be sent there, as FORGET does but without a goodbye: whoever is at the
// other end of a handoff is told that it has ended. It reports whether anything
// was kept. The error wraps ErrAway when the store cannot be reached.
func (b *Bot) Erase(ctx context.Context, a Address) (found bool, err error) {
	id := "erase " + rand.Text()
	err = b.store.Update(ctx, a, "", func(p *Person) error {
		found = !p.New
		t := &turn{b: b, p: p, id: id, now: b.clock.Now()}
		t.leave()
		t.quit()
		p.Erased = true
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("erase: %w", err)
	}
	return found, nil
}
