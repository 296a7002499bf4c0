package triage

import (
	"testing"
	"testing/fstest"
)

// TestUnspaced holds how scripts without spaces between words are cut: Chinese
// by characters, Burmese by syllables.
func TestUnspaced(t *testing.T) {
	for text, want := range map[string]string{
		"吃了20片":         "吃 了 20 片",
		"我不想活了。救命":      "我 不 想 活 了 救 命",
		"裏着爲説麽臺":        "裡 著 為 說 麼 台",
		"妈妈ok吗":         "妈 妈 ok 吗",
		"ကျွန်တော်":     "ကျွန် တော်",
		"မသေချင်ဘူး":    "မ သေ ချင် ဘူး",
		"အင်္ဂလိပ်စာ":   "အင်္ဂ လိပ် စာ",
		"တတ္တိယ":        "တ တ္တိ ယ",
		"ရှင့်၊ ရှင့်။": "ရှင် ရှင်", // the short tone on either side of the asat
		"၁၂ ရက်":        "1 2 ရက်",
		"ဟုတ်ကဲ့ ok ပါ": "ဟုတ် ကဲ ok ပါ",
	} {
		if got := phrase(text); got != want {
			t.Errorf("%q is cut into %q, want %q", text, got, want)
		}
	}
}

// TestUnspacedPatterns holds that a phrase is found within unspaced text, and
// that a syllable one letter away is another word.
func TestUnspacedPatterns(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte(`language: xx
review: {state: drafted}
crisis:
  suicide: [不想 活, (想|要) … 死, သေချင်]
  violence: [ကြောက်]
harmless: [想死 你]
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Crisis{
		"我真的不想活了": Suicide, "我想去死": Suicide, "我想死你了": "", "我想你": "",
		"ကျွန်မသေချင်တယ်": Suicide, "မသေးဘူး": "", "ကြောက်တယ်": Violence, "ကြောင့်": "",
	} {
		if got := r.Read(text, Hint{}).Crisis; got != want {
			t.Errorf("%q: crisis %q, want %q", text, got, want)
		}
	}
}

// TestChineseUnseen holds that characters which no sample holds do not make
// Chinese an unknown language.
func TestChineseUnseen(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte("language: xx\nreview: {state: drafted}\ncommon: [我, 的, 有]\nsample: 你好，我有书。\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Read("我的袜子有洞", Hint{}); got.Language != "xx" || got.Confidence < 0.5 {
		t.Errorf("%+v", got)
	}
}

// TestEthiopic holds that letters of one sound are one letter in every order,
// and that letters of another sound stay apart.
func TestEthiopic(t *testing.T) {
	for _, alike := range [][]string{
		{"ሀገር", "ሃገር", "ሐገር", "ኀገር", "ኸገር", "ሓገር"},
		{"ህይወት", "ሕይወት", "ኅይወት", "ኽይወት"},
		{"እራስ", "ዕራስ"},
		{"ሰው", "ሠው"},
		{"ስራ", "ሥራ"},
		{"አለም", "ዓለም", "ዐለም", "ኣለም"},
		{"ጸሀይ", "ፀሐይ", "ጸሃይ"},
		{"ጽሑፍ", "ፅሁፍ"},
	} {
		for _, other := range alike[1:] {
			if got, want := phrase(other), phrase(alike[0]); got != want {
				t.Errorf("%q is read as %q, %q as %q", other, got, alike[0], want)
			}
		}
	}
	for _, apart := range [][2]string{{"ሸክም", "ሰክም"}, {"ከፋ", "ኸፋ"}, {"ጠሃይ", "ጸሃይ"}, {"ሁለት", "ሄለት"}, {"ኧ", "አ"}, {"ቀን", "ነቀ"}} {
		if phrase(apart[0]) == phrase(apart[1]) {
			t.Errorf("%q and %q are read alike", apart[0], apart[1])
		}
	}
}
