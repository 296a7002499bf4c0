package redis

import (
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

// boardDates holds what was changed about dates of groups: all of it together,
// since it is little and read as a whole.
const boardDates = boardTag + "dates"

// datesFor is how long changes are kept beyond the last of their dates; and
// hastenedFor how long it is known up to which of them people were told, which
// is longer than any date can be moved.
const (
	datesFor    = 24 * time.Hour
	hastenedFor = 400 * 24 * time.Hour
)

// DateChanges is bot.Dates's.
func (s *Store) DateChanges(ctx context.Context) ([]bot.DateChange, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	all, _, err := s.readDates(ctx)
	return all, err
}

func (s *Store) readDates(ctx context.Context) (all []bot.DateChange, sealed []byte, err error) {
	sealed, err = s.client.Get(ctx, boardDates).Bytes()
	if errors.Is(err, goredis.Nil) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, away(err)
	}
	text, err := s.seals.open(noPartition, boardDates, sealed)
	if err != nil {
		return nil, nil, err
	}
	return all, sealed, json.Unmarshal(text, &all)
}

// ChangeDates is bot.Dates's.
func (s *Store) ChangeDates(ctx context.Context, fn func([]bot.DateChange) ([]bot.DateChange, bot.DateChange, bool)) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	for {
		had, sealed, err := s.readDates(ctx)
		if err != nil {
			return err
		}
		all, done, ok := fn(had)
		if !ok {
			return nil
		}
		now := s.now()
		until := now
		for _, c := range all {
			if c.Until.After(until) {
				until = c.Until
			}
		}
		text, err := json.Marshal(all)
		if err != nil {
			return err
		}
		entry, err := json.Marshal(logged{At: now, What: "changed a date", By: done.By, Date: &done})
		if err != nil {
			return err
		}
		kept, err := datesScript.Run(ctx, s.client, []string{boardDates, boardLog},
			sealed[:min(len(sealed), tokenSize)], s.seals.seal(noPartition, boardDates, text), millisOf(until.Sub(now)+datesFor),
			s.seals.seal(noPartition, boardLog, entry), millis(now.Add(-announcementsFor))).Bool()
		if err != nil && !errors.Is(err, goredis.Nil) {
			return away(err)
		}
		if kept {
			return nil
		}
	}
}

// Reminders is bot.Dates's: it looks through the timers of every partition,
// all partitions in one round trip for each thousand timers of the fullest.
func (s *Store) Reminders(ctx context.Context, date string) (n int, err error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	cursors := map[bot.Partition]uint64{}
	for p := range places {
		cursors[bot.Partition(p)] = 0
	}
	counted := map[string]bool{} // a scan may give one twice
	for len(cursors) > 0 {
		pipe := s.client.Pipeline()
		scans := map[bot.Partition]*goredis.ScanCmd{}
		for p, cursor := range cursors {
			scans[p] = pipe.ZScan(ctx, places[p].timers, cursor, timersOf(date), scanned)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return 0, away(err)
		}
		for p, scan := range scans {
			found, next := scan.Val()
			for i := 0; i < len(found); i += 2 {
				if strings.HasSuffix(found[i], "|"+date) {
					counted[found[i]] = true
				}
			}
			if cursors[p] = next; next == 0 {
				delete(cursors, p)
			}
		}
	}
	return len(counted), nil
}

// Hasten is bot.Dates's.
func (s *Store) Hasten(ctx context.Context, p bot.Partition, dates []string, at time.Time, upTo int64) error {
	if err := known(p); err != nil {
		return err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	key := places[p].timers
	for cursor := uint64(0); ; {
		found, next, err := s.client.ZScan(ctx, key, cursor, "", scanned).Result()
		if err != nil {
			return away(err)
		}
		args := []any{millis(at)}
		for i := 0; i < len(found); i += 2 {
			if _, name, ok := strings.Cut(found[i], "|"); ok && slices.Contains(dates, name) {
				args = append(args, found[i])
			}
		}
		if len(args) > 1 {
			if err := hastenScript.Run(ctx, s.client, []string{key}, args...).Err(); err != nil {
				return away(err)
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	if upTo == 0 {
		return nil
	}
	return away(s.client.Set(ctx, places[p].tag+"d", upTo, hastenedFor).Err())
}

// Hastened is bot.Dates's.
func (s *Store) Hastened(ctx context.Context, p bot.Partition) (int64, error) {
	if err := known(p); err != nil {
		return 0, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	text, err := s.client.Get(ctx, places[p].tag+"d").Result()
	if errors.Is(err, goredis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, away(err)
	}
	return strconv.ParseInt(text, 10, 64)
}

// scanned is about how many timers are looked at in one step.
const scanned = 1000

// timersOf matches the timers of a name, whoever's they are.
func timersOf(name string) string {
	return "*|" + strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(name)
}
