package extract

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxHeadingLines = 3
	maxHeadingRunes = 160
)

// rankHeadings marks as headings the short blocks that stand out from most of
// the text, by a larger font or by bold type. The largest size is level 1; bold
// headings in the size of the text come below all larger ones.
func rankHeadings(blocks []pdfBlock) {
	body := bodyFont(blocks)
	var sizes []float64
	for _, b := range blocks {
		if b.isHeading(body) && !slices.Contains(sizes, b.size()) {
			sizes = append(sizes, b.size())
		}
	}
	slices.SortFunc(sizes, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, b := range blocks {
		if b.isHeading(body) {
			blocks[i].level = min(4, slices.Index(sizes, b.size())+1)
		}
	}
}

// pdfFont is what tells headings from text.
type pdfFont struct {
	size   float64
	isBold bool
}

// bodyFont is what most characters are set in.
func bodyFont(blocks []pdfBlock) pdfFont {
	weight := map[pdfFont]int{}
	for _, b := range blocks {
		for _, line := range b.lines {
			weight[pdfFont{line.size, line.isBold}] += len(line.text)
		}
	}
	var best pdfFont
	for font, n := range weight {
		if n > weight[best] || n == weight[best] && font.size < best.size {
			best = font
		}
	}
	return best
}

// size is the font size of a block, that of its first line.
func (b pdfBlock) size() float64 { return b.lines[0].size }

func (b pdfBlock) isHeading(body pdfFont) bool {
	isLarger := b.size() >= 1.15*body.size
	isBold := !body.isBold && b.size() >= 0.95*body.size && b.isBold()
	if body.size <= 0 || !isLarger && !isBold || len(b.lines) > maxHeadingLines {
		return false
	}
	text := b.text()
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 3 && letters*2 > len([]rune(text))/2 && utf8.RuneCountInString(text) <= maxHeadingRunes &&
		!strings.HasSuffix(text, ",") && (isLarger || !strings.HasSuffix(text, "."))
}

func (b pdfBlock) isBold() bool {
	for _, line := range b.lines {
		if !line.isBold {
			return false
		}
	}
	return true
}
