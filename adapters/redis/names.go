package redis

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// partitions is fixed: a person's partition follows from the hash of the
// address.
const partitions = 64

// A person's name in the store is a keyed hash of the address. The key of the
// hashes is kept in the store itself, sealed; it is made once, from the first
// key the store was opened with, and stays when Options.Keys change, so that a
// new key neither moves people nor lets a repeated message pass as new. A new
// first key seals what is written from then on. The earlier one may be dropped
// once everybody was written anew, at the latest after Options.Idle.
//
// What a rotation does not do: whoever learnt an old key and copied the store
// before the rotation keeps the key of the hashes, and can tell of an address
// whether it is among the hashes of a later copy, though not what is kept.
const namesKey = "names"

// nameKey is the key of the hashes.
func (s *Store) nameKey(ctx context.Context) ([]byte, error) {
	if key := s.name.Load(); key != nil {
		return *key, nil
	}
	kept, err := s.client.Get(ctx, namesKey).Bytes()
	if errors.Is(err, goredis.Nil) {
		mine := derive(s.seals.keys[0].root, "names", 32)
		ok, err := s.client.SetNX(ctx, namesKey, s.seals.seal(noPartition, namesKey, mine), 0).Result()
		if err != nil {
			return nil, away(err)
		}
		if ok {
			s.name.Store(&mine)
			return mine, nil
		}
		kept, err = s.client.Get(ctx, namesKey).Bytes() // another process was faster
		if err != nil {
			return nil, away(err)
		}
	} else if err != nil {
		return nil, away(err)
	}
	key, err := s.seals.open(noPartition, namesKey, kept)
	if err != nil {
		return nil, err
	}
	if !s.seals.current(kept) {
		// Any process may do this, at any time: the text stays the same.
		if err := s.client.Set(ctx, namesKey, s.seals.seal(noPartition, namesKey, key), 0).Err(); err != nil {
			return nil, away(err)
		}
	}
	s.name.Store(&key)
	return key, nil
}

// keepName puts the key of the hashes back where a server lost all it had, so
// that processes started later use the same.
func (s *Store) keepName(ctx context.Context, pipe goredis.Pipeliner) error {
	key, err := s.nameKey(ctx)
	if err != nil {
		return err
	}
	pipe.SetNX(ctx, namesKey, s.seals.seal(noPartition, namesKey, key), 0)
	return nil
}

// hash is 120 bits of a keyed hash, in 20 characters fit for a key's name.
func hash(key []byte, kind, channel, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(kind + "\x00" + channel + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(make([]byte, 0, sha256.Size))[:15])
}

// personID names the person at an address.
func (s *Store) personID(ctx context.Context, a bot.Address) (bot.PersonID, error) {
	key, err := s.nameKey(ctx)
	if err != nil {
		return bot.PersonID{}, err
	}
	h := hash(key, "person", a.Channel, a.ID)
	return bot.PersonID{Partition: partitionOf(h), Hash: h}, nil
}

// partitionOf reads the partition from a hash: the 6 bits of its first character.
func partitionOf(hash string) bot.Partition {
	switch c := hash[0]; {
	case 'A' <= c && c <= 'Z':
		return bot.Partition(c - 'A')
	case 'a' <= c && c <= 'z':
		return bot.Partition(c-'a') + 26
	case '0' <= c && c <= '9':
		return bot.Partition(c-'0') + 52
	case c == '-':
		return 62
	default:
		return 63
	}
}

// place holds the names of one partition's keys.
type place struct {
	tag, timers, data, tries, aside, lease string
	counts, segments                       string
	lists                                  [lists]string // of who may be told announcements
	lanes                                  [3]string
}

var places = func() (all [partitions]place) {
	for p := range all {
		tag := fmt.Sprintf("{%d}", p)
		all[p] = place{tag: tag, timers: tag + "t", data: tag + "td", tries: tag + "o:t", aside: tag + "o:x", lease: tag + "lease",
			counts: tag + "wn", segments: tag + "ws",
			lanes: [3]string{bot.Urgent: tag + "o:u", bot.Reply: tag + "o:r", bot.Bulk: tag + "o:b"}}
		for i := range all[p].lists {
			all[p].lists[i] = tag + "w:" + strconv.Itoa(i)
		}
	}
	return all
}()

func personKey(id bot.PersonID) string { return places[id.Partition].tag + "p:" + id.Hash }

// known refuses a partition or person that no store of this kind named.
func known(p bot.Partition) error {
	if p >= partitions {
		return fmt.Errorf("redis: there is no partition %d", p)
	}
	return nil
}
