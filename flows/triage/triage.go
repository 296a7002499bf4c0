// Package triage reads what a message is: the language it is written in,
// whether it is one of the words that work everywhere (stop, help, menu...),
// and whether somebody is in danger. It knows no language itself: everything
// comes from the words files, locales/<tag>.words.yaml, and from examples,
// locales/<tag>.examples.tsv.
//
// # Words files
//
//	language: so                    # BCP 47, the same as in the file's name
//	review: {state: drafted}        # or {state: reviewed, by: "A. Name", on: 2026-11-21}
//	names: [Soomaali, Somali]       # what people call the language: LANG somali, and a hint of it
//	commands: {stop: [...], ...}    # whole messages, also as patterns; the keys are the Command constants
//	polite: [...]                   # words that may stand around a command: "stop please"
//	aside: [...]                    # words that say nothing of danger, either way, in any language: "hello", "haha"
//	around: [...]                   # words that are often in such a message, around the parts of a command: "I", "from", "your"
//	fillers: [...]                  # words that may stand between the words of any pattern: "just", "really"
//	crisis: {suicide: [...], ...}   # patterns; the keys are the Crisis constants
//	harmless: [...]                 # patterns that take a crisis away where they overlap it, one with … where it contains it: "dying of laughter"
//	known: [...]                    # right words that are one letter from a word of a pattern: "drying"
//	joined: [...]                   # prefixes written with or without a space: Dari "می"
//	prefixes: [...]                 # letters written onto the next word: Arabic "و"
//	mention: [...]                  # patterns for a text that is about suicide, whoever writes it: "suicide", "took their own life"
//	signs: 5                        # how much many signs of a crisis weigh together, see below
//	everyday: [...]                 # harmless messages: examples, too, and their words weigh little as signs, see below
//	common: [...]                   # frequent words, in native and Latin spelling, to know the language by
//	sample: |                       # 150 to 300 words of everyday text, from which its letters are learnt
//	latin: |                        # the same in Latin letters, where people write so
//
// Lists of several layers add up: an organisation can add phrases, not remove
// them. Every key but language and review may be left out.
//
// # Patterns
//
//	want to die        these words in this order; fillers may stand between
//	want* to die       want, wants, wanting
//	*taka kufa         nataka, unataka, anataka; *taka* begins or ends so
//	(kill|hurt) myself one of them; (to|) may be left out; an alternative may have several words
//	kill … myself      up to three words between, within one sentence; of
//	                   Chinese six characters, of Burmese six syllables
//	sleeve* & mark*    both, anywhere in a message of everyday length, in any
//	                   order; two or three parts, each a pattern of its own. They
//	                   count where nothing else was found; as a command where most
//	                   of the message's words are theirs, polite, fillers or around
//	^help me$          the sentence begins, ends here; not within brackets
//	=beaten            exactly this word, no typo taken for it
//
// Case, accents, vowel signs, letter forms, apostrophes, hyphens and repeated
// letters do not matter on either side. A word of five letters or more is also
// found with one letter wrong, missing, added or swapped, if its first letter
// is right and the word written is not itself a known word.
//
// # Signs and examples
//
// A pattern decides, unless the examples contradict it: unless it is found in more
// messages of nobody in danger than in calls for help, and is little of what is said.
// Then it is weighed with signs and examples (evidence.go), and so is one of parts
// joined by &. With enough of them a message is a call for help without any pattern,
// and they tell how sure one is that a pattern found.
//
// Signs are words of which the patterns of one kind of crisis in the message's
// language are made; in any language, if that is not sure. Words that follow each
// other as they do in a pattern weigh more, words of everyday, common, sample and
// latin little.
//
// Examples are messages as people write them, one a line, with a tab between the
// text, what it is (a kind of crisis or -), the command it is (or -), its language
// (or ?) and its kind (see exampleKinds):
//
//	he locked me in and took the key	violence	-	en	plain
//	i lost the key of the bike shed	-	-	en	sentence
//
// A message is compared with them by its words, words near each other and groups of
// letters (classifier.go), and they teach what each language looks like. A
// message that was misunderstood is mended by a pattern, or, where words of
// patterns are in it, by adding some like it to the examples, both such that are
// calls and such that are not. Where a language has too few examples of calls,
// patterns and signs decide alone.
package triage

import (
	"slices"
	"sync"
)

// Command is one of the words that work everywhere, in any language.
type Command string

// The commands.
const (
	Stop     Command = "stop"
	Start    Command = "start"
	Help     Command = "help"
	Menu     Command = "menu"
	Lang     Command = "lang"
	Groups   Command = "groups"
	Find     Command = "find"
	Talk     Command = "talk"
	Learn    Command = "learn"
	TakePart Command = "take-part"
	Forget   Command = "forget"
)

// Crisis is what kind of danger a message speaks of. It decides only which
// numbers come first; nothing of it is kept.
type Crisis string

// The kinds of crisis, the most pressing first. Where a message speaks of
// several, the first of this order is read: medical and violence, because a
// life may depend on the emergency number this minute; then a child in danger;
// then suicide; then self-harm.
const (
	Medical  Crisis = "medical"
	Violence Crisis = "violence"
	Child    Crisis = "child"
	Suicide  Crisis = "suicide"
	SelfHarm Crisis = "selfharm"
)

// Reading is what a message was understood to be.
type Reading struct {
	Language   string  // BCP 47, one of the tags given to Load; empty: cannot tell
	Confidence float64 // 0 to 1; below 0.5 it is a guess that should be asked about
	Command    Command // empty: none
	Argument   string  // with Lang: the tag asked for, or what was typed if no language is called so
	Crisis     Crisis  // empty: none; it goes before Command
	Unsure     bool    // of the crisis: it may well be none, see evidence
	Matched    string  // the words of the message that made it a crisis
	HelpNow    bool    // "0" alone, in any digits
}

// Hint is what is known of the person besides the message.
type Hint struct {
	Chosen      string // BCP 47 of the language they chose; the strongest hint
	AppLanguage string // BCP 47 of their app, or empty
	Country     string // ISO 3166 of their number, or empty; a weak hint
	Channel     string // name of the channel
}

// Review says who has looked at the words of a language.
type Review struct {
	State string // "drafted" or "reviewed"; empty: the language has no words file
	By    string // who reviewed it
	On    string // when, YYYY-MM-DD
}

// Reader reads messages. It is safe for concurrent use and never changes.
//
// Of it and what it consists of an archive writes the fields with names in
// capitals by themselves, the slices of the others as they lie in memory.
type Reader struct {
	Reviews  map[string]Review
	Joined   map[string]bool
	Aside    map[string]bool // words that say nothing of danger
	Matcher  *matcher
	Commands *commands
	Guesser  *guesser
	Calls    classifier // for help
	scratch  sync.Pool  // *scratch
}

// everywhere is the language whose commands people of all languages are told.
const everywhere = "en"

// scratch is the memory of one reading, used again for the next.
type scratch struct {
	message
	search
	scores []float64
	light  []rune
	key    []byte

	features []uint32
	heard    heard // by the classifier
}

// begin gives the memory for a reading of a text, which is put back after it.
func (r *Reader) begin(text string) *scratch {
	s, ok := r.scratch.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	s.message.read(text, r.Joined)
	s.message.cutAddress(text)
	return s
}

// Read says what a message is. It never fails: bytes that are not UTF-8 count
// as spaces, and of a very long message the first and last 2,000 characters
// are read.
func (r *Reader) Read(text string, h Hint) Reading {
	s := r.begin(text)
	defer r.scratch.Put(s)

	var out Reading
	found := r.Matcher.find(s)
	out.HelpNow = isZero(&s.message)
	var m meaning
	m, out.Argument = r.Commands.read(s, h.Chosen, text)
	if m.Command == "" {
		m = r.Commands.pattern(s, r.Matcher, h.Chosen)
	}
	out.Command = m.Command
	out.Language, out.Confidence = r.Guesser.guess(s, text, h, found.language)
	found, out.Unsure = r.weigh(s, found, out)
	if found.crisis != 0 {
		out.Crisis = found.kind()
		out.Matched = text[s.tokens[found.first].from:s.tokens[found.last].to]
	}
	if m.Language == everywhere && out.Crisis == "" {
		out.Confidence = min(out.Confidence, 0.4) // STOP and HELP are said by people of every language
	}
	return out
}

// Mentions reports whether a text is about suicide or self-harm, such as an
// announcement of a talk about it. Where it is, safe messaging asks for a line
// to turn to beside it.
func (r *Reader) Mentions(text string) bool {
	s := r.begin(text)
	defer r.scratch.Put(s)
	if c := r.Matcher.find(s).kind(); c == Suicide || c == SelfHarm {
		return true
	}
	return slices.ContainsFunc(s.hits, func(h hit) bool { return r.Matcher.patterns[h.pattern].kind == mention })
}

// Review says who has looked at a language's words.
func (r *Reader) Review(tag string) Review { return r.Reviews[tag] }
