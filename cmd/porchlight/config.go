package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
)

// config is the environment, read once (docs/running.md lists it).
type config struct {
	RedisURL  string
	Listen    string
	PublicURL string
	Org       string
	Keys      [][]byte

	TelegramToken, TelegramSecret, TelegramAPI                     string
	TwilioSID, TwilioToken, TwilioFrom, TwilioVoiceFrom, TwilioAPI string
}

// readConfig reads the environment through get, which is os.Getenv but in
// tests. Each variable may stand in a file, named by the variable with _FILE.
func readConfig(get func(string) string) (config, error) {
	var faults []error
	value := func(name, otherwise string) string {
		if v := get(name); v != "" {
			return v
		}
		file := get(name + "_FILE")
		if file == "" {
			return otherwise
		}
		data, err := os.ReadFile(file)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s_FILE: the file cannot be read: %w", name, err))
		}
		return strings.TrimSpace(string(data))
	}
	c := config{
		RedisURL:        value("REDIS_URL", ""),
		Listen:          value("PORCHLIGHT_LISTEN", "127.0.0.1:8080"),
		PublicURL:       strings.TrimRight(value("PORCHLIGHT_PUBLIC_URL", ""), "/"),
		Org:             value("PORCHLIGHT_ORG", ""),
		TelegramToken:   value("TELEGRAM_BOT_TOKEN", ""),
		TelegramSecret:  value("TELEGRAM_WEBHOOK_SECRET", ""),
		TelegramAPI:     value("TELEGRAM_API_URL", ""),
		TwilioSID:       value("TWILIO_ACCOUNT_SID", ""),
		TwilioToken:     value("TWILIO_AUTH_TOKEN", ""),
		TwilioFrom:      value("TWILIO_FROM", ""),
		TwilioVoiceFrom: value("TWILIO_VOICE_FROM", ""),
		TwilioAPI:       value("TWILIO_API_URL", ""),
	}
	if keys := value("PORCHLIGHT_KEY", ""); keys != "" {
		for i, key := range strings.Split(keys, ",") {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
			if err != nil || len(raw) != 32 {
				faults = append(faults, fmt.Errorf("PORCHLIGHT_KEY: key %d is not base64 of 32 bytes; make one with: openssl rand -base64 32", i+1))
				continue
			}
			c.Keys = append(c.Keys, raw)
		}
	}
	return c, errors.Join(faults...)
}

// forServing says what is missing to serve people for real.
func (c config) forServing() error {
	var faults []error
	if c.RedisURL == "" {
		faults = append(faults, errors.New("REDIS_URL is not set: people are kept in Redis, such as redis://localhost:6379"))
	}
	if len(c.Keys) == 0 {
		faults = append(faults, errors.New("PORCHLIGHT_KEY is not set: it seals what identifies a person; make one with: openssl rand -base64 32"))
	}
	if c.TelegramToken == "" && c.TwilioSID == "" {
		faults = append(faults, errors.New("no channel is configured: set TELEGRAM_BOT_TOKEN, or TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM"))
	}
	return errors.Join(faults...)
}
