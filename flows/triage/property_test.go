package triage

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// FuzzRead holds that no text makes Read panic, hang or leave its promises.
func FuzzRead(f *testing.F) {
	for _, text := range tableMessages(f) {
		f.Add(text)
	}
	f.Add("\xff\xfe\x00")
	f.Add(strings.Repeat("i", 5000))
	f.Add(strings.Repeat("want to ", 3000))
	f.Add("i want to \u202e die\u200f")
	f.Add("/@@ _ /")
	r := builtin(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := r.Read(text, Hint{Chosen: "so", Country: "GB"})
		if got.Confidence < 0 || got.Confidence > 1 || got.Confidence != got.Confidence {
			t.Errorf("confidence %v", got.Confidence)
		}
		if !strings.Contains(text, got.Matched) || (got.Crisis == "") != (got.Matched == "") {
			t.Errorf("matched %q, crisis %q", got.Matched, got.Crisis)
		}
		if key := MenuKey(text); len(key) > 2 {
			t.Errorf("menu key %q", key)
		}
		if utf8.ValidString(text) && Digits(Digits(text)) != Digits(text) {
			t.Errorf("digits of %q are not settled", text)
		}
	})
}

// TestWritingDoesNotMatter holds that case, vowel signs, stretched letters,
// invisible characters and punctuation do not change what is a crisis.
func TestWritingDoesNotMatter(t *testing.T) {
	r := builtin(t)
	messages := tableMessages(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(messages).Draw(t, "text")
		if strings.ContainsAny(text, ".!?؟/@") {
			return // what ends a sentence has a meaning, / and @ too
		}
		var b strings.Builder
		for _, c := range text {
			b.WriteRune(c)
			if !unicode.IsLetter(c) {
				continue
			}
			switch rapid.IntRange(0, 9).Draw(t, "change") {
			case 0:
				b.WriteString(strings.Repeat(string(c), 3))
			case 1:
				b.WriteRune('\u200b')
			case 2:
				switch scriptOf(c) {
				case arabic:
					b.WriteRune('\u064e') // fatha
				case latin:
					b.WriteRune('\u0301') // acute
				}
			}
		}
		changed := b.String()
		if rapid.Bool().Draw(t, "upper") {
			changed = strings.ToUpper(changed)
		}
		was, is := r.Read(text, Hint{}), r.Read(changed+" …", Hint{})
		if was.Crisis != is.Crisis || was.Command != is.Command {
			t.Fatalf("%q is %q %q, but %q is %q %q", text, was.Crisis, was.Command, changed, is.Crisis, is.Command)
		}
	})
}

// TestEveryPatternFires reads each phrase that a crisis pattern stands for. One of
// parts must be found; whether it is a call, what else is there tells, too.
// Where a harmless phrase takes it away again the file contradicts itself.
func TestEveryPatternFires(t *testing.T) {
	r := builtin(t)
	patterns, err := written()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range patterns {
		if p.segments == nil && p.parts == nil || p.kind == mention {
			continue
		}
		for _, text := range expand(&p) {
			got := r.Read(text, Hint{})
			if p.kind == call && (!r.finds(text) || p.parts == nil && got.Crisis == "") {
				t.Errorf("%s:%d: %q of the pattern %q is no crisis; met: %s", p.line.file, p.line.line, text, p.line.text, culprits(r, text))
				break
			}
			if p.kind != call && got.Crisis != "" {
				t.Errorf("%s:%d: %q of the harmless %q is %s; met: %s", p.line.file, p.line.line, text, p.line.text, got.Crisis, culprits(r, text))
				break
			}
		}
	}
}

// finds tells whether a pattern of a crisis is found in a text.
func (r *Reader) finds(text string) bool {
	s := r.begin(text)
	defer r.scratch.Put(s)
	return r.Matcher.find(s).crisis != 0
}

// expand writes phrases that a pattern stands for: every choice of every
// segment at least once, beside the first choices of the others.
func expand(p *pattern) (out []string) {
	if p.parts == nil {
		return expandOne(p)
	}
	for i := range p.parts {
		for _, one := range expandOne(&p.parts[i]) {
			for j := range p.parts {
				if j != i {
					one += " xyz " + expandOne(&p.parts[j])[0]
				}
			}
			out = append(out, one)
		}
	}
	return out
}

func expandOne(p *pattern) []string {
	var out []string
	write := func(segment, choice int) {
		var parts []string
		for i, s := range p.segments {
			at := 0
			if i == segment {
				at = choice
			}
			if s.gap {
				parts = append(parts, "xyz")
				continue
			}
			for _, set := range s.choices[at] {
				w := set[0]
				if i == segment {
					w = set[choice%len(set)]
				}
				parts = append(parts, strings.Trim(w, "=*"))
			}
		}
		out = append(out, strings.Join(parts, " "))
	}
	for i, s := range p.segments {
		for c := range s.choices {
			write(i, c)
		}
	}
	return out
}
