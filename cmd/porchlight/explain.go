package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"porchlight/adapters/sms"
	"porchlight/flows/pack"
	"porchlight/flows/triage"
)

type explain struct {
	Channel  string `enum:"sms,telegram" default:"sms" help:"The channel that the messages came by: sms or telegram."`
	Country  string `help:"ISO 3166 country of the person's number."`
	Language string `help:"BCP 47 tag of the language that the person has chosen."`
	Org      string `env:"PORCHLIGHT_ORG" help:"An organisation's pack; absent: the built-in sample."`
}

// explained is one message as Porchlight understands it.
type explained struct {
	Text       string          `json:"text"`
	Language   string          `json:"language"`
	Confidence float64         `json:"confidence"`
	Command    triage.Command  `json:"command"`
	Crisis     triage.Crisis   `json:"crisis"`
	Matched    string          `json:"matched"`
	SMS        explainedLength `json:"sms"`
	Unsure     bool            `json:"unsure,omitempty"` // the crisis may be none: it is answered more gently
}

type explainedLength struct {
	Encoding string `json:"encoding"`
	Segments int    `json:"segments"`
	Units    int    `json:"units"`
}

// Run explains each line of standard input.
func (e explain) Run(std *stdio) error {
	p, err := pack.Open(e.Org)
	if err != nil {
		return err
	}
	hint := triage.Hint{Chosen: e.Language, Country: e.Country, Channel: e.Channel}
	in, out := bufio.NewReaderSize(std.in, 64<<10), bufio.NewWriterSize(std.out, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			text := strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "\ufffd")
			r, m := p.Triage.Read(text, hint), sms.Measure(text)
			if err := enc.Encode(explained{text, r.Language, r.Confidence, r.Command, r.Crisis, r.Matched,
				explainedLength{m.Encoding, m.Segments, m.Units}, r.Unsure}); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return fmt.Errorf("read: %w", err)
			}
			return out.Flush()
		}
		if in.Buffered() == 0 { // whoever types wants to see the answer
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
	}
}
