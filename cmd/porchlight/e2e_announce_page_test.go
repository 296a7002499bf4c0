package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
)

// packWith writes the sample's pack with something of org.yaml replaced.
func packWith(t *testing.T, replace ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, pack.Sample()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "org.yaml")
	org, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(org), replace[i]) {
			t.Fatalf("org.yaml has no %q", replace[i])
		}
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(replace...).Replace(string(org))), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAnnounceInBrowser makes an announcement on the page: the worker writes it
// in two languages, looks, sends, and the other phones have it.
func TestAnnounceInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t, "PORCHLIGHT_ORG="+packWith(t,
		`quiet_hours: "21:00-08:00"`, `prices: {currency: GBP, segment: {GB: 0.04}}`))
	b := adaptertest.OpenBrowser(t, d.page, 2*patience)
	b.Click(residentPhone + ` [data-do="start"]`)
	b.Hears(residentPhone, "I am Porchlight, an automatic helper")
	b.Writes(residentPhone, "LANG ar")
	b.Hears(residentPhone, "سأكتب")
	b.Writes(residentPhone, "START")
	b.Hears(residentPhone, "ستصلك الآن أخبار")
	b.Writes(newcomerPhone, "START")
	b.Writes(newcomerPhone, "MENU") // START is answered by the network itself
	b.Hears(newcomerPhone, "How can I help?")

	const english, arabic = "The welcome café is closed this Friday. https://riverside.example/cafe", "مقهى الترحيب مغلق يوم الجمعة."
	b.Writes(workerPhone, "/announce")
	b.Hears(workerPhone, "2 people now")
	b.Picture("1-draft.png")
	b.Presses(workerPhone, "Text")
	b.Presses(workerPhone, "English")
	b.Hears(workerPhone, "Write the text now")
	b.Writes(workerPhone, english)
	b.Hears(workerPhone, "English:")
	b.Presses(workerPhone, "Text")
	b.Presses(workerPhone, "Arabic")
	b.Hears(workerPhone, "in this language: Arabic")
	b.Writes(workerPhone, arabic)
	b.Hears(workerPhone, arabic)
	b.Presses(workerPhone, "For whom")
	b.Presses(workerPhone, "Channels")
	b.Presses(workerPhone, "SMS")
	b.Hears(workerPhone, "1 person now")
	b.Picture("2-for-whom.png")
	b.Presses(workerPhone, "✓ SMS")
	b.Hears(workerPhone, "2 people now")
	b.Presses(workerPhone, "Back")
	b.Until(`[...document.querySelectorAll('` + workerPhone + ` .buttons button')].some(e => e.textContent === 'Areas')`)
	b.Presses(workerPhone, "Back")
	b.Presses(workerPhone, "Preview")
	for _, words := range []string{"This is what people will see:", "2 people will be told.", "English, SMS, GB: 1 person, 1 SMS, 0.04 GBP", "https://riverside.example/cafe"} {
		b.Hears(workerPhone, words)
	}
	b.Picture("3-preview.png")
	messages := `document.querySelectorAll('` + workerPhone + ` .message').length`
	before := adaptertest.Evaluate[int](b, messages)
	b.Presses(workerPhone, "Send")
	b.Hears(newcomerPhone, english)
	b.Hears(residentPhone, arabic)
	b.Hears(workerPhone, "It has been sent.")
	b.Hears(workerPhone, "Sent: 2")
	b.Picture("4-sent.png")
	if after := adaptertest.Evaluate[int](b, messages); after != before {
		t.Errorf("sending left %d more messages with the worker, want none: one changes in place", after-before)
	}
	for phone, text := range map[string]string{newcomerPhone: english, residentPhone: arabic} {
		count := `[...document.querySelectorAll('` + phone + ` .message')].filter(e => e.textContent.includes(` + adaptertest.Quote(text) + `)).length`
		if n := adaptertest.Evaluate[int](b, count); n != 1 {
			t.Errorf("%s has it %d times", phone, n)
		}
	}
	b.Prefer("prefers-color-scheme", "dark")
	b.Writes(workerPhone, "/announcements")
	b.Hears(workerPhone, "1. ")
	b.Picture("5-list-dark.png")
}
