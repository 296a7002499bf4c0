package redis

import (
	"bytes"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
)

var (
	key1 = bytes.Repeat([]byte{1}, 32)
	key2 = bytes.Repeat([]byte{2}, 32)
)

func TestStoreEmbedded(t *testing.T) {
	adaptertest.Store(t, func(t *testing.T) adaptertest.StoreServer {
		var first *Store
		return adaptertest.StoreServer{
			Open: func(t *testing.T, now func() time.Time) adaptertest.Backend {
				if first == nil {
					first = opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}, Now: now}))
					return first
				}
				return beside(t, first)
			},
			Pass: func(time.Duration) { first.embedded.tick() },
		}
	})
}

func TestStoreOnServer(t *testing.T) {
	adaptertest.Store(t, func(t *testing.T) adaptertest.StoreServer {
		return onServer(adaptertest.Redis(t).URL)
	})
}

func TestStoreOnCluster(t *testing.T) {
	urls := adaptertest.RedisCluster(t)
	adaptertest.Store(t, func(t *testing.T) adaptertest.StoreServer {
		flush(t, urls)
		return onServer(urls)
	})
}

func onServer(url string) adaptertest.StoreServer {
	return adaptertest.StoreServer{Open: func(t *testing.T, now func() time.Time) adaptertest.Backend {
		return opened(t)(Open(t.Context(), Options{URL: url, Keys: [][]byte{key1}, Now: now}))
	}}
}

// beside is another process's store on the embedded server of the first.
func beside(t *testing.T, first *Store) *Store {
	o := first.client.(*goredis.Client).Options()
	url := "redis://:" + o.Password + "@" + o.Addr
	return opened(t)(Open(t.Context(), Options{URL: url, Keys: [][]byte{key1}, Now: first.now}))
}

// flush empties a cluster.
func flush(t *testing.T, urls string) {
	t.Helper()
	for url := range strings.SplitSeq(urls, ",") {
		if answer, err := adaptertest.Ask(strings.TrimPrefix(url, "redis://"), "FLUSHALL"); err != nil || answer != "+OK" {
			t.Fatal(answer, err)
		}
	}
}

// opened closes a store with its test.
func opened(t testing.TB) func(*Store, error) *Store {
	return func(s *Store, err error) *Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
