package triage

// Normal writes a text so that case, accents, vowel signs, letter forms,
// punctuation and repeated letters do not matter: two texts that a person
// would call the same have the same normal form.
func Normal(text string) string { return phrase(text) }
