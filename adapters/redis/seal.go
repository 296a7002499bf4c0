package redis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"porchlight/bot"
)

// A sealed value is the id of its key, a random nonce, and what AES-256-GCM
// makes of the text under them. The name under which it is kept is sealed with
// it, so that a value cannot stand in for another.
const (
	keyIDSize = 4
	nonceSize = 12
	// tokenSize is how much of a sealed value is unlike any other's: what a
	// commit compares.
	tokenSize = keyIDSize + nonceSize
)

// ErrKey is wrapped when a value was sealed with a key that is not among
// Options.Keys.
var ErrKey = errors.New("a key is missing")

// seals are the keys, newest first.
type seals struct{ keys []sealKey }

// sealKey is one key of Options.Keys. A random nonce is safe for 2^32 values
// of one key: a key of its own for each partition makes that 2^38.
type sealKey struct {
	id    string
	parts [partitions + 1]cipher.AEAD // the last is for what belongs to no partition
	root  []byte
}

const noPartition = partitions

func newSeals(keys [][]byte) (*seals, error) {
	if len(keys) == 0 {
		return nil, errors.New("PORCHLIGHT_KEY: no key; make one with: head -c 32 /dev/urandom | base64")
	}
	s := &seals{}
	seen := map[string]bool{}
	for i, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("PORCHLIGHT_KEY: key %d has %d bytes; make one of 32 with: head -c 32 /dev/urandom | base64", i+1, len(key))
		}
		k := sealKey{id: string(derive(key, "id", keyIDSize)), root: key}
		if seen[k.id] {
			return nil, fmt.Errorf("PORCHLIGHT_KEY: key %d stands there twice; remove one", i+1)
		}
		seen[k.id] = true
		for p := range k.parts {
			block, err := aes.NewCipher(derive(key, "seal "+strconv.Itoa(p), 32))
			if err != nil {
				return nil, err
			}
			if k.parts[p], err = cipher.NewGCMWithRandomNonce(block); err != nil {
				return nil, err
			}
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// derive makes keys for different uses from one; the sizes asked for are far
// below what HKDF can give, its only error.
func derive(key []byte, use string, size int) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, "porchlight "+use, size)
	if err != nil {
		panic(err)
	}
	return out
}

// seal seals text for the name it will be kept under, with the newest key.
func (s *seals) seal(p bot.Partition, name string, text []byte) []byte {
	k := &s.keys[0]
	out := make([]byte, keyIDSize, keyIDSize+nonceSize+len(text)+16)
	copy(out, k.id)
	return k.parts[p].Seal(out, nil, text, []byte(name))
}

// open gives back what seal was given.
func (s *seals) open(p bot.Partition, name string, sealed []byte) ([]byte, error) {
	if len(sealed) < tokenSize {
		return nil, fmt.Errorf("%s: the value is not one of this store's", name)
	}
	for i := range s.keys {
		if k := &s.keys[i]; k.id == string(sealed[:keyIDSize]) {
			text, err := k.parts[p].Open(nil, nil, sealed[keyIDSize:], []byte(name))
			if err != nil {
				return nil, fmt.Errorf("%s: the value was damaged or moved: %w", name, err)
			}
			return text, nil
		}
	}
	return nil, fmt.Errorf("%s: %w: the one whose id is %x; add it to PORCHLIGHT_KEY again, after the newest", name, ErrKey, sealed[:keyIDSize])
}

// current reports whether a value is sealed with the newest key.
func (s *seals) current(sealed []byte) bool {
	return len(sealed) >= keyIDSize && string(sealed[:keyIDSize]) == s.keys[0].id
}
