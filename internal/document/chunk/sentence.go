package chunk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// sentenceEnds returns the ends of the sentences of text (Unicode Annex 29),
// joining what it takes apart behind an abbreviation.
func sentenceEnds(text string) []int {
	var ends []int
	end := 0
	for found := sentences.FromString(text); found.Next(); {
		end += len(found.Value())
		if end < len(text) && endsInAbbreviation(found.Value()) {
			continue
		}
		ends = append(ends, end)
	}
	return ends
}

// endsInAbbreviation reports that the last word takes a full stop without
// ending a sentence: "Dr.", "e.g.", or the initial of a name.
func endsInAbbreviation(sentence string) bool {
	sentence = strings.TrimRightFunc(sentence, unicode.IsSpace)
	word, isStopped := strings.CutSuffix(sentence, ".")
	if !isStopped {
		return false
	}
	word = strings.TrimLeft(word[strings.LastIndexFunc(word, unicode.IsSpace)+1:], `("'“‘[`)
	if utf8.RuneCountInString(word) == 1 {
		r, _ := utf8.DecodeRuneInString(word)
		return unicode.IsUpper(r)
	}
	switch strings.ToLower(word) {
	case "al", "approx", "art", "bzw", "ca", "cf", "ch", "co", "corp", "d.h", "dr", "e.g", "ed", "eds", "eq", "esp", "fig", "figs", "hr",
		"i.e", "inc", "jr", "ltd", "m", "mme", "mr", "mrs", "ms", "no", "nos", "nr", "op", "p", "pp", "prof", "s", "sec", "sr", "sra",
		"st", "u.a", "vgl", "vol", "vs", "z.b":
		return true
	default:
		return false
	}
}
