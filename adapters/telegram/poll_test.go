package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// queue is Telegram's side of polling: it forgets an update only when an
// offset after it is asked for.
type queue struct {
	ids   []int64
	asked []int64
	done  context.CancelFunc // called when nothing is left
}

func (q *queue) answer(offset int64) reply {
	q.asked = append(q.asked, offset)
	q.ids = slices.DeleteFunc(q.ids, func(id int64) bool { return id < offset })
	if len(q.ids) == 0 {
		q.done()
	}
	var updates []string
	for _, id := range q.ids {
		updates = append(updates, strings.Replace(oneUpdate, ":7,", ":"+strconv.FormatInt(id, 10)+",", 1))
	}
	return reply{200, `{"ok":true,"result":[` + strings.Join(updates, ",") + `]}`}
}

// poller gives a channel whose pauses are recorded and not slept.
func poller(t *testing.T, api *botAPI) (c *Channel, log *logged, pauses *[]time.Duration) {
	c, log = api.open()
	pauses = &[]time.Duration{}
	c.sleep = func(_ context.Context, d time.Duration) { *pauses = append(*pauses, d) }
	return c, log, pauses
}

func TestPollKeepsThenConfirms(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := newBotAPI(t)
	q := &queue{ids: []int64{41, 42, 43}, done: cancel}
	api.updates = q.answer
	api.webhook = "https://old.example.org/hook"
	c, _, pauses := poller(t, api)
	var got []bot.MessageID
	c.Poll(ctx, func(_ context.Context, m bot.Inbound) error {
		got = append(got, m.ID)
		return nil
	})
	if fmt.Sprint(got) != "[u41 u42 u43]" || fmt.Sprint(q.asked) != "[0 44]" {
		t.Errorf("received %v, asked for %v", got, q.asked)
	}
	if api.webhook != "" || methods(api.took()) != "deleteWebhook getUpdates getUpdates" {
		t.Errorf("webhook %q, calls %s", api.webhook, methods(api.took()))
	}
	first := api.took()[0].Params
	if first["drop_pending_updates"] == "true" {
		t.Error("what waited was dropped")
	}
	asked := api.took()[1].Params
	if asked["allowed_updates"] != `["message","edited_message","callback_query","my_chat_member"]` || asked["timeout"] != "50" {
		t.Errorf("asked with %v", asked)
	}
	if len(*pauses) != 0 {
		t.Errorf("paused %v without a reason", *pauses)
	}
}

// A process that ends between receive and the next getUpdates has confirmed
// nothing: the next process gets everything that was not confirmed.
func TestPollCrashLosesNothing(t *testing.T) {
	api := newBotAPI(t)
	q := &queue{ids: []int64{1, 2, 3, 4}, done: func() {}}
	api.updates = q.answer
	kept := map[bot.MessageID]int{}

	crash, die := context.WithCancel(t.Context())
	c, _, _ := poller(t, api)
	c.Poll(crash, func(_ context.Context, m bot.Inbound) error {
		kept[m.ID]++
		if m.ID == "u2" {
			die() // kept, and then the process is gone
		}
		return nil
	})
	if len(kept) != 2 || fmt.Sprint(q.asked) != "[0]" {
		t.Fatalf("kept %v, asked %v before the crash", kept, q.asked)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	q.done = cancel
	c, _, _ = poller(t, api)
	c.Poll(ctx, func(_ context.Context, m bot.Inbound) error {
		kept[m.ID]++
		return nil
	})
	for id := 1; id <= 4; id++ {
		if kept[bot.MessageID("u"+strconv.Itoa(id))] == 0 {
			t.Errorf("update %d was lost", id)
		}
	}
}

func TestPollStoreAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := newBotAPI(t)
	q := &queue{ids: []int64{1, 2, 3}, done: cancel}
	api.updates = q.answer
	c, _, pauses := poller(t, api)
	left := 9 // more than maxTries: an absent store is no poison
	var got []bot.MessageID
	c.Poll(ctx, func(_ context.Context, m bot.Inbound) error {
		if m.ID == "u2" && left > 0 {
			left--
			return fmt.Errorf("keep: %w", bot.ErrAway)
		}
		got = append(got, m.ID)
		return nil
	})
	if fmt.Sprint(got) != "[u1 u2 u3]" {
		t.Errorf("received %v", got)
	}
	if fmt.Sprint(q.asked) != "[0 2 2 2 2 2 2 2 2 2 4]" {
		t.Errorf("asked for %v", q.asked)
	}
	if fmt.Sprint(*pauses) != "[500ms 1s 2s 4s 8s 16s 30s 30s 30s]" {
		t.Errorf("paused %v", *pauses)
	}
}

func TestPollPoison(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := newBotAPI(t)
	q := &queue{ids: []int64{1, 2}, done: cancel}
	api.updates = q.answer
	c, log, pauses := poller(t, api)
	tries := 0
	var got []bot.MessageID
	c.Poll(ctx, func(_ context.Context, m bot.Inbound) error {
		if m.ID == "u1" {
			tries++
			if tries%2 == 0 {
				panic("zamburak")
			}
			return errors.New("zamburak from 700100")
		}
		got = append(got, m.ID)
		return nil
	})
	if tries != maxTries || fmt.Sprint(got) != "[u2]" {
		t.Errorf("%d tries, then received %v", tries, got)
	}
	if len(*pauses) != maxTries-1 || !strings.Contains(log.String(), "given up") {
		t.Errorf("paused %v; log %s", *pauses, log)
	}
}

func TestPollNetwork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := newBotAPI(t)
	q := &queue{ids: []int64{5}, done: cancel}
	api.updates = q.answer
	api.say("deleteWebhook", reply{502, "<html>"})
	api.say("getUpdates",
		reply{502, "<html>zamburak</html>"},
		reply{429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 40","parameters":{"retry_after":40}}`},
		refusal(409, "Conflict: can't use getUpdates method while webhook is active"),
		refusal(401, "Unauthorized"),
		reply{200, "{"},
		reply{200, `{"ok":true,"result":[{"message":{"text":"zamburak"}}]}`},
		reply{200, `{"ok":true,"result":[{"update_id":4,"message":"zamburak"}]}`},
	)
	c, log, pauses := poller(t, api)
	received := 0
	c.Poll(ctx, func(context.Context, bot.Inbound) error { received++; return nil })
	if received != 1 || fmt.Sprint(q.asked) != "[5 6]" {
		t.Errorf("received %d, asked for %v", received, q.asked)
	}
	if fmt.Sprint(*pauses) != "[500ms 40s 2s 4s 8s 16s]" {
		t.Errorf("paused %v", *pauses)
	}
	if got := strings.Count(methods(api.took()), "deleteWebhook"); got != 3 { // at first, again as it failed, after the conflict
		t.Errorf("the webhook was taken away %d times: %s", got, methods(api.took()))
	}
	if !strings.Contains(log.String(), "given up") {
		t.Error("nobody was told of the update that is none")
	}
}

// Poll returns when its context ends, also out of a request that hangs and
// out of a pause.
func TestPollStops(t *testing.T) {
	api := newBotAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan struct{})
	api.updates = func(int64) reply {
		cancel()
		<-returned // Telegram has nothing to say meanwhile
		return reply{200, `{"ok":true,"result":[]}`}
	}
	c, _ := api.open()
	c.Poll(ctx, func(context.Context, bot.Inbound) error { return nil })
	close(returned)

	ctx, cancel = context.WithCancel(t.Context())
	api.updates = func(int64) reply { return refusal(401, "Unauthorized") }
	pause := c.sleep
	c.sleep = func(ctx context.Context, d time.Duration) {
		cancel()
		pause(ctx, time.Hour)
	}
	c.Poll(ctx, func(context.Context, bot.Inbound) error { return nil })
}
