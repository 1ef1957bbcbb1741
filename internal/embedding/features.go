package embedding

import (
	"unicode"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWordRunes bounds one word: what is longer is an encoded blob, not language, and is cut into words of this length.
const maxWordRunes = 64

// terms returns the words of a text as hash-v1 sees them: NFKC, case-folded, without stop words (unless there is
// nothing else), stemmed by the Snowball stemmer of their script, diacritics folded. Scripts that write without
// spaces yield overlapping pairs of characters.
func terms(text string) []string {
	words := splitWords(cases.Fold().String(norm.NFKC.String(text)))
	kept := make([]string, 0, len(words))
	for _, word := range words {
		if !isStopWord(word) {
			kept = append(kept, stem(word))
		}
	}
	if len(kept) > 0 {
		return kept
	}
	for i, word := range words {
		words[i] = foldDiacritics(word)
	}
	return words
}

// splitWords cuts text into runs of letters, digits and marks, an inner apostrophe included.
func splitWords(text string) []string {
	words := make([]string, 0, len(text)/6+1)
	var run []rune
	runIsUnspaced := false
	flush := func() {
		words = appendRun(words, run, runIsUnspaced)
		run = run[:0]
	}
	for _, r := range text {
		switch {
		case r == '\'' || r == '’':
			if len(run) > 0 {
				run = append(run, '\'')
			}
		case !isWordRune(r):
			flush()
		default:
			if unspaced := isUnspaced(r); unspaced != runIsUnspaced && !unicode.IsMark(r) {
				flush()
				runIsUnspaced = unspaced
			}
			run = append(run, r)
			if len(run) >= maxWordRunes {
				flush()
			}
		}
	}
	flush()
	return words
}

// appendRun appends one run as a word, or as overlapping pairs when its script has no spaces.
func appendRun(words []string, run []rune, unspaced bool) []string {
	for len(run) > 0 && run[len(run)-1] == '\'' {
		run = run[:len(run)-1]
	}
	if len(run) == 0 {
		return words
	}
	if !unspaced || len(run) <= 2 {
		return append(words, string(run))
	}
	for i := 0; i+2 <= len(run); i++ {
		words = append(words, string(run[i:i+2]))
	}
	return words
}

func isWordRune(r rune) bool {
	if r < unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// isUnspaced reports whether the script of r writes words without spaces between them.
func isUnspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func isStopWord(word string) bool {
	return english.IsStopWord(word) || russian.IsStopWord(word)
}

// stem chooses the stemmer by the script of the word's first letter: the language is not known. Latin letters lose their
// diacritics first, so that "brûlée" and "brulee" are stemmed alike; in Cyrillic й is a letter that the stemmer needs.
func stem(word string) string {
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r):
			return english.Stem(foldDiacritics(word), true)
		case unicode.Is(unicode.Cyrillic, r):
			return foldDiacritics(russian.Stem(word, true))
		case !unicode.IsDigit(r):
			return foldDiacritics(word)
		}
	}
	return word
}

// foldDiacritics drops the marks from a word: "crème" and "creme" are one term.
func foldDiacritics(word string) string {
	if isASCII(word) {
		return word
	}
	folded := make([]rune, 0, len(word))
	for _, r := range norm.NFD.String(word) {
		if !unicode.Is(unicode.Mn, r) {
			folded = append(folded, r)
		}
	}
	return norm.NFC.String(string(folded))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}
