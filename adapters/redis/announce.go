package redis

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// The keys of announcements share a slot, so that one script keeps a change.
const (
	boardTag  = "{board}"
	boardAll  = boardTag + "all"
	boardOpen = boardTag + "open"
	boardLog  = boardTag + "log"
)

// How long announcements are kept, and how far each has come.
const (
	announcementsFor = 400 * 24 * time.Hour
	progressFor      = 90 * 24 * time.Hour
)

func announcementKey(id string) string { return boardTag + "a:" + id }

// logged is what the log of announcements holds of one change.
type logged struct {
	At           time.Time         `json:"t"`
	What         string            `json:"w"`
	By           string            `json:"b"`
	Announcement *bot.Announcement `json:"a,omitempty"`
	Date         *bot.DateChange   `json:"d,omitempty"`
}

// ChangeAnnouncement is bot.Board's.
func (s *Store) ChangeAnnouncement(ctx context.Context, id, what, by string, fn func(*bot.Announcement) error) (bot.Announcement, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	key := announcementKey(id)
	for {
		had, err := s.client.Get(ctx, key).Bytes()
		if err != nil && !errors.Is(err, goredis.Nil) {
			return bot.Announcement{}, away(err)
		}
		a := bot.Announcement{ID: id}
		if len(had) > 0 {
			if a, err = s.openAnnouncement(key, had); err != nil {
				return a, err
			}
		}
		if err := fn(&a); err != nil {
			return a, err
		}
		text, err := json.Marshal(a)
		if err != nil {
			return a, err
		}
		now := s.now()
		entry, err := json.Marshal(logged{At: now, What: what, By: by, Announcement: &a})
		if err != nil {
			return a, err
		}
		open := ""
		if a.Open() {
			open = "1"
		}
		kept, err := announceScript.Run(ctx, s.client, []string{key, boardAll, boardOpen, boardLog},
			had[:min(len(had), tokenSize)], s.seals.seal(noPartition, key, text), id, millis(a.Made), open,
			s.seals.seal(noPartition, boardLog, entry), millisOf(announcementsFor), millis(now.Add(-announcementsFor))).Bool()
		if err != nil && !errors.Is(err, goredis.Nil) {
			return a, away(err)
		}
		if kept {
			return a, nil
		}
	}
}

func (s *Store) openAnnouncement(key string, value []byte) (a bot.Announcement, err error) {
	text, err := s.seals.open(noPartition, key, value)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}

// Announcement is bot.Board's.
func (s *Store) Announcement(ctx context.Context, id string) (bot.Announcement, bool, error) {
	all, err := s.announcements(ctx, []string{id})
	if err != nil || len(all) == 0 {
		return bot.Announcement{}, false, err
	}
	return all[0], true, nil
}

// Announcements is bot.Board's.
func (s *Store) Announcements(ctx context.Context, n int) ([]bot.Announcement, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	ids, err := s.client.ZRevRange(ctx, boardAll, 0, int64(n)-1).Result()
	if err != nil {
		return nil, away(err)
	}
	return s.announcements(ctx, ids)
}

// OpenAnnouncements is bot.Board's.
func (s *Store) OpenAnnouncements(ctx context.Context) ([]bot.Announcement, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	ids, err := s.client.SMembers(ctx, boardOpen).Result()
	if err != nil {
		return nil, away(err)
	}
	slices.Sort(ids)
	all, err := s.announcements(ctx, ids)
	slices.SortStableFunc(all, func(a, b bot.Announcement) int { return cmp.Or(a.At.Compare(b.At), a.Made.Compare(b.Made)) })
	return all, err
}

func (s *Store) announcements(ctx context.Context, ids []string) (all []bot.Announcement, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = announcementKey(id)
	}
	values, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, away(err)
	}
	for i, v := range values {
		sealed, ok := v.(string)
		if !ok {
			continue
		}
		a, err := s.openAnnouncement(keys[i], []byte(sealed))
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// The names of an announcement's progress within one partition.
func progressKey(p bot.Partition, id string) string { return places[p].tag + "a:" + id }
func todoKey(p bot.Partition, id string) string     { return progressKey(p, id) + ":t" }
func laterKey(p bot.Partition, id string) string    { return progressKey(p, id) + ":l" }

// Progress is bot.Board's: one round trip, whatever the number of people.
func (s *Store) Progress(ctx context.Context, id string) (bot.Progress, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	sum := total{Complete: true, Left: map[string]int{}, Failed: map[string]int{}, Undelivered: map[string]int{}}
	pipe := s.client.Pipeline()
	var found [partitions]*goredis.Cmd
	for p := range found {
		found[p] = progressScript.Eval(ctx, pipe, []string{progressKey(bot.Partition(p), id), todoKey(bot.Partition(p), id), laterKey(bot.Partition(p), id), places[p].lanes[bot.Bulk]})
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return bot.Progress{}, away(err)
	}
	for _, one := range found {
		words, err := one.StringSlice()
		if err != nil {
			return bot.Progress{}, err
		}
		later, _ := strconv.Atoi(words[1])
		sum.Later += later
		sum.Complete = sum.Complete && words[0] == "1" && later == 0
		for i := 2; i+1 < len(words); i += 2 {
			n, _ := strconv.Atoi(words[i+1])
			sum.add(words[i], n)
		}
	}
	return bot.Progress(sum), nil
}

// total is a progress while it is added up.
type total bot.Progress

// add takes one count of a partition into the sum.
func (sum *total) add(field string, n int) {
	what, reason, _ := strings.Cut(field, ":")
	switch what {
	case "q":
		sum.Queued += n
	case "x":
		sum.Left[reason] += n
	case string(bot.TallySent):
		sum.Sent += n
	case string(bot.TallyFailed):
		sum.Failed[reason] += n
	case string(bot.TallyDelivered):
		sum.Delivered += n
	case string(bot.TallyUndelivered):
		sum.Undelivered[reason] += n
	}
}
