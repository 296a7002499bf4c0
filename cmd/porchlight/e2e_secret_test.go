package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// tellsNothing holds that neither Redis, nor the files it has written, nor the
// program's log tell who wrote, or what was said.
func (d *deployment) tellsNothing(words ...string) {
	d.t.Helper()
	if d.t.Failed() {
		return // what went wrong is told already
	}
	needles := words
	d.networks.mu.Lock()
	for to := range d.networks.sent {
		needles = append(needles, strings.TrimPrefix(to, "+"))
	}
	d.networks.mu.Unlock()
	if len(needles) == len(words) {
		d.t.Fatal("nobody was answered")
	}
	places := map[string][]byte{"the log": []byte(d.log())}
	d.dump(places)
	for place, held := range places {
		for _, needle := range needles {
			if bytes.Contains(held, []byte(needle)) {
				d.t.Errorf("%s tells %q", place, needle)
			}
		}
	}
}

// dump reads all that Redis holds and has ever written: its append-only file
// has every command, also of what is removed by now.
func (d *deployment) dump(into map[string][]byte) {
	ctx := d.t.Context()
	client := goredis.NewClient(&goredis.Options{Addr: d.redis.Addr})
	defer client.Close()
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) == 0 {
		d.t.Fatal("Redis holds nothing: ", err)
	}
	into["the names of keys"] = []byte(strings.Join(keys, "\n"))
	for _, key := range keys {
		var held any
		switch client.Type(ctx, key).Val() {
		case "string":
			held, err = client.Get(ctx, key).Result()
		case "hash":
			held, err = client.HGetAll(ctx, key).Result()
		case "zset":
			held, err = client.ZRangeWithScores(ctx, key, 0, -1).Result()
		case "list":
			held, err = client.LRange(ctx, key, 0, -1).Result()
		case "set":
			held, err = client.SMembers(ctx, key).Result()
		case "stream":
			held, err = client.XRange(ctx, key, "-", "+").Result()
		}
		if err != nil && err != goredis.Nil {
			d.t.Fatal(err)
		}
		into["the value of "+key] = plain(held)
	}
	dir := client.ConfigGet(ctx, "dir").Val()["dir"]
	files := 0
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if into["Redis's file "+entry.Name()], err = io.ReadAll(f); strings.Contains(entry.Name(), ".incr.aof") {
			files++
		}
		return err
	})
	if err != nil || files == 0 {
		d.t.Fatal("no append-only file: ", err)
	}
}

// plain writes out every string inside of a value of the client library.
func plain(held any) []byte {
	var b bytes.Buffer
	switch v := held.(type) {
	case string:
		b.WriteString(v)
	case []string:
		b.WriteString(strings.Join(v, "\n"))
	case map[string]string:
		for name, value := range v {
			b.WriteString(name + "\n" + value + "\n")
		}
	case []goredis.Z:
		for _, z := range v {
			b.WriteString(z.Member.(string) + "\n")
		}
	case []goredis.XMessage:
		for _, m := range v {
			for name, value := range m.Values {
				b.WriteString(name + "\n" + value.(string) + "\n")
			}
		}
	}
	return b.Bytes()
}
