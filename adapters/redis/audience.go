package redis

import (
	"context"
	"encoding/json"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// segmentSize is the length of a segment's name: 48 bits of a keyed hash.
const segmentSize = 8

// segment names the segment that the person is counted in; "" is none. What
// it stands for is kept sealed, so that the index tells nothing of anybody.
func (s *Store) segment(p *bot.Person) (name string, text []byte, err error) {
	of, ok := p.Segment()
	if !ok {
		return "", nil, nil
	}
	if text, err = json.Marshal(of); err != nil {
		return "", nil, err
	}
	return hash(*s.name.Load(), "segment", "", string(text))[:segmentSize], text, nil
}

// move is what commit.lua is to do to the index of who may be told
// announcements, when a turn takes a person from one segment to another.
func (s *Store) move(t turn, p *bot.Person) ([]any, error) {
	before := t.record.person(t.id)
	from, _, err := s.segment(&before)
	if err != nil {
		return nil, err
	}
	to, text, err := s.segment(p)
	if err != nil || from == to && t.had != "" { // of somebody new, an earlier self may have expired
		return nil, err
	}
	var what []byte
	if to != "" {
		what = s.seals.seal(t.id.Partition, places[t.id.Partition].segments+"|"+to, text)
	}
	return []any{"g", t.id.Hash, to, what}, nil
}

// lists is among how many hashes the index of a partition is divided: small
// ones take Redis a third of the memory.
const lists = 16

// list is the hash of the index in which a person stands.
func (at *place) list(hash string) string { return at.lists[hash[1]%lists] }

// audienceKeys are those that an operation on one person of the index needs.
func (at *place) audienceKeys(hash string) []string {
	return []string{at.list(hash), at.counts, at.segments}
}

// Segments is bot.Board's: one round trip, whatever the number of people.
func (s *Store) Segments(ctx context.Context) ([]bot.SegmentCount, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if _, err := s.nameKey(ctx); err != nil {
		return nil, err
	}
	pipe := s.client.Pipeline()
	var counts, texts [partitions]*goredis.MapStringStringCmd
	for p := range places {
		counts[p], texts[p] = pipe.HGetAll(ctx, places[p].counts), pipe.HGetAll(ctx, places[p].segments)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, away(err)
	}
	var all []bot.SegmentCount
	place := map[string]int{}
	for p := range places {
		known, err := s.openSegments(ctx, bot.Partition(p), texts[p].Val())
		if err != nil {
			return nil, err
		}
		for name, text := range counts[p].Val() {
			n, err := strconv.Atoi(text)
			of, ok := known[name]
			if err != nil || !ok || n <= 0 {
				continue
			}
			at, ok := place[name]
			if !ok {
				at = len(all)
				place[name] = at
				all = append(all, bot.SegmentCount{Segment: of})
			}
			all[at].People += n
		}
	}
	return all, nil
}

// openSegments reads what segments of a partition stand for, by their names.
// What was sealed with an earlier key is sealed anew.
func (s *Store) openSegments(ctx context.Context, p bot.Partition, sealed map[string]string) (map[string]bot.Segment, error) {
	known := make(map[string]bot.Segment, len(sealed))
	for name, value := range sealed {
		id := places[p].segments + "|" + name
		text, err := s.seals.open(p, id, []byte(value))
		if err != nil {
			return nil, err
		}
		var of bot.Segment
		if err := json.Unmarshal(text, &of); err != nil {
			return nil, err
		}
		known[name] = of
		if !s.seals.current([]byte(value)) {
			if err := s.client.HSet(ctx, places[p].segments, name, s.seals.seal(p, id, text)).Err(); err != nil {
				return nil, away(err)
			}
		}
	}
	return known, nil
}
