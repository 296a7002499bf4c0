package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withSetting replaces one variable of the environment.
func withSetting(env []string, name, value string) []string {
	return append(slices.DeleteFunc(slices.Clone(env), func(s string) bool { return strings.HasPrefix(s, name+"=") }), name+"="+value)
}

// TestDoctor looks at a deployment that is well, and at what can be wrong with
// one.
func TestDoctor(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, s := range d.env { // the sample's conversations are in its languages, and the pack of these tests has two
		if dir, ok := strings.CutPrefix(s, "PORCHLIGHT_ORG="); ok {
			if err := os.RemoveAll(filepath.Join(dir, "conversations")); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.networks.wait("the webhook is set", func() bool { return len(d.networks.calls["setWebhook"]) > 0 })
	d.networks.alter(func() { d.networks.hook = publicURL + "/webhooks/twilio/sms" })

	out, trouble, err := d.porchlight("doctor")
	// The public address of the tests leads nowhere; all else is well.
	if err == nil || strings.Count(out, "wrong") != 1 || !strings.Contains(trouble, "people should not rely on it yet") {
		t.Errorf("%v\n%s%s", err, out, trouble)
	}
	for _, line := range []string{
		"ok     pack: Riverside Welcome, no faults", "note   language ar: ", "drafts that nobody has reviewed", "note   lines: ",
		"ok     redis: answers, version ", "ok     redis: everything is on the disk before it is acknowledged",
		"ok     telegram: the token is good, the bot is @porchlight_bot", "ok     sms: the credentials are good, the account is active",
		"note   on call: there are no listeners", "wrong  public address: cannot be reached",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if strings.Contains(out+trouble, twilioToken) || strings.Contains(out+trouble, telegramToken) {
		t.Error("a credential is printed")
	}

	for _, c := range []struct{ name, value, want string }{
		{"TWILIO_AUTH_TOKEN", "wrong", "wrong  sms: twilio: "},
		{"PORCHLIGHT_PUBLIC_URL", "http://127.0.0.1:1", "wrong  telegram: the webhook leads to another address than PORCHLIGHT_PUBLIC_URL"},
		{"PORCHLIGHT_KEY", "b3RoZXIga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMhISE=", "wrong  redis: "},
		{"REDIS_URL", "redis://127.0.0.1:1", "wrong  redis: "},
		{"PORCHLIGHT_ORG", "/nowhere", "wrong  pack: "},
		{"REDIS_URL", "", "wrong  settings: REDIS_URL is not set"},
	} {
		well := d.env
		d.env = withSetting(d.env, c.name, c.value)
		out, trouble, err := d.porchlight("doctor")
		d.env = well
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s=%s: no line %q in\n%s%s", c.name, c.value, c.want, out, trouble)
		}
	}
	d.networks.alter(func() { d.networks.hook = "https://elsewhere.example.org" })
	if out, _, _ := d.porchlight("doctor"); !strings.Contains(out, "wrong  sms: what people text to TWILIO_FROM does not come here") {
		t.Errorf("a number's webhook that leads elsewhere is not seen:\n%s", out)
	}
}
