package redis

import (
	"context"
	"fmt"
	"strconv"
)

// Health is what the server says of itself. What it does not tell, as managed
// servers do not, is empty or false.
type Health struct {
	Version    string
	Appends    bool   // every write goes into a file (appendonly)
	Fsync      string // when that file is on the disk: always, everysec, no
	Saves      bool   // the last writes to the disk went well
	Evicts     bool   // when it is full it drops what was kept
	Used, Most uint64 // bytes of memory; Most 0: no limit
}

// Check asks the server how it keeps what it is given. The error wraps
// bot.ErrAway when it cannot be reached.
func (s *Store) Check(ctx context.Context) (Health, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	var h Health
	sections := s.client.InfoMap(ctx, "server", "persistence", "memory")
	if err := sections.Err(); err != nil {
		return h, away(err)
	}
	of := func(section, key string) string { return sections.Item(section, key) }
	h.Version = of("Server", "redis_version")
	h.Appends = of("Persistence", "aof_enabled") == "1"
	h.Saves = of("Persistence", "aof_last_write_status") != "err" && of("Persistence", "rdb_last_bgsave_status") != "err"
	h.Used, _ = strconv.ParseUint(of("Memory", "used_memory"), 10, 64)
	h.Most, _ = strconv.ParseUint(of("Memory", "maxmemory"), 10, 64)
	if policy := of("Memory", "maxmemory_policy"); policy != "" {
		h.Evicts = h.Most > 0 && policy != "noeviction"
	}
	if config, err := s.client.ConfigGet(ctx, "appendfsync").Result(); err == nil {
		h.Fsync = config["appendfsync"]
	}
	if h.Version == "" {
		return h, fmt.Errorf("redis: the server does not say its version")
	}
	return h, nil
}
