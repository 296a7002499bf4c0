package adaptertest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisServer is a real redis-server of one test. What it acknowledged outlives
// Kill: every change is in its append-only file before it answers. The weaker
// "appendfsync everysec" does not promise that: while the disk is slow it puts
// off the write itself, for up to two seconds.
type RedisServer struct {
	URL  string // redis://
	Addr string // host:port

	t     testing.TB
	args  []string
	cmd   *exec.Cmd
	ended <-chan struct{}
}

// Redis starts a redis-server on a free port, with more options where given,
// such as "--appendfsync", "no". It ends with the test.
func Redis(t testing.TB, more ...string) *RedisServer {
	t.Helper()
	dir := t.TempDir()
	s := &RedisServer{t: t}
	t.Cleanup(s.Kill)
	// Another process may take the free port first: then try the next one.
	for range 5 {
		port := freePort(t)
		s.Addr = "127.0.0.1:" + port
		s.URL = "redis://" + s.Addr
		s.args = append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--logfile", filepath.Join(dir, "log"),
			"--save", "", "--appendonly", "yes", "--appendfsync", "always"}, more...)
		if s.start() {
			return s
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("redis-server does not start:\n%s", log)
	return nil
}

func (s *RedisServer) start() bool {
	s.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		s.t.Fatal("no redis-server: install the Debian package redis-server")
	}
	s.cmd = exec.Command(path, s.args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // killed, or the port was taken: Kill and start say which
		close(ended)
	}(s.cmd)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if answer, err := Ask(s.Addr, "PING"); err == nil && answer == "+PONG" {
			return true
		}
		select {
		case <-ended:
			s.cmd = nil
			return false
		default:
		}
	}
	s.Kill()
	return false
}

// Kill ends the server at once, as kill -9 does.
func (s *RedisServer) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
	s.cmd = nil
}

// Restart starts a killed server on the same data and port.
func (s *RedisServer) Restart() {
	s.t.Helper()
	s.Kill()
	if !s.start() {
		s.t.Fatal("redis-server does not start again")
	}
}

// RedisCluster starts three servers that share the slots, and gives their URLs,
// comma-separated.
func RedisCluster(t testing.TB) string {
	t.Helper()
	const nodes, slots = 3, 16384
	var servers []*RedisServer
	var buses, urls []string
	for range nodes {
		bus := freePort(t)
		s := Redis(t, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "5000")
		servers, buses, urls = append(servers, s), append(buses, bus), append(urls, s.URL)
	}
	for i, s := range servers {
		from, to := strconv.Itoa(i*slots/nodes), strconv.Itoa((i+1)*slots/nodes-1)
		must(t, s.Addr, "+OK", "CLUSTER", "ADDSLOTSRANGE", from, to)
		must(t, s.Addr, "+OK", "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
	}
	for i, s := range servers[1:] {
		host, port, _ := net.SplitHostPort(s.Addr)
		must(t, servers[0].Addr, "+OK", "CLUSTER", "MEET", host, port, buses[i+1])
	}
	for _, s := range servers {
		Eventually(t, "the cluster is whole", func() bool {
			answer, err := Ask(s.Addr, "CLUSTER", "INFO")
			return err == nil && strings.Contains(answer, "cluster_state:ok") && strings.Contains(answer, fmt.Sprintf("cluster_known_nodes:%d", nodes))
		})
	}
	return strings.Join(urls, ",")
}

func must(t testing.TB, addr, want string, words ...string) {
	t.Helper()
	if got, err := Ask(addr, words...); err != nil || got != want {
		t.Fatalf("%v: %q, %v", words, got, err)
	}
}

// Ask sends one command to a server and gives the first line of its answer, or
// the whole of a string.
func Ask(addr string, words ...string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(c, "%s\r\n", strings.Join(words, " ")); err != nil {
		return "", err
	}
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSpace(line)
	size, isString := strings.CutPrefix(line, "$")
	if !isString {
		return line, nil
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 {
		return "", errors.New("no string: " + line)
	}
	text := make([]byte, n)
	for read := 0; read < n; {
		k, err := r.Read(text[read:])
		if err != nil {
			return "", err
		}
		read += k
	}
	return string(text), nil
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Eventually waits until something that another goroutine or process does has
// happened. It looks every few milliseconds and gives up after a time that only
// a fault takes.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if happened() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}
