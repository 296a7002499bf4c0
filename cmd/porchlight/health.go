package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

type health struct{}

// Run asks the process that serves on PORCHLIGHT_LISTEN, for an image that has
// no other program to ask with.
func (health) Run(ctx context.Context, io *stdio) error {
	c, err := readConfig(os.Getenv)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("PORCHLIGHT_LISTEN: %w; write host:port, such as 127.0.0.1:8080", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost" // it serves on every interface; this is the nearest
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("nobody serves on PORCHLIGHT_LISTEN: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New("what serves on PORCHLIGHT_LISTEN answers " + answer.Status)
	}
	fmt.Fprintln(io.out, "alive")
	return nil
}
