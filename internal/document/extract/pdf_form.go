package extract

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// readingForm replaces characters that stand for shapes on paper (ligatures,
// the positional forms of Arabic) by the letters they show, and gives back the
// space behind a Latin word in right-to-left text, which PDFium loses.
func readingForm(text string) string {
	if strings.IndexFunc(text, isShape) < 0 && strings.IndexFunc(text, isRTL) < 0 {
		return text
	}
	var out strings.Builder
	before := ' '
	for _, r := range text {
		if isRTL(r) && unicode.Is(unicode.Latin, before) {
			out.WriteByte(' ')
		}
		before = r
		if isShape(r) {
			out.WriteString(norm.NFKC.String(string(r)))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// isShape reports the blocks of presentation forms: Latin, Armenian and Hebrew
// ligatures, Arabic forms A and B.
func isShape(r rune) bool {
	return r >= 0xFB00 && r <= 0xFDFF && !isNoncharacter(r) || r >= 0xFE70 && r <= 0xFEFC
}

// isRTL reports letters that are written from right to left.
func isRTL(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana) && unicode.IsLetter(r)
}
