package chunk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/taskwire/taskwire/internal/document/extract"
)

// unit is the smallest piece that is kept whole: a block, or a sentence, row or
// line of a block that is too long.
type unit struct {
	start, end int // bytes of the document's text, without white space around
	tokens     int
	kind       Kind
	page       int
	level      int    // of a heading; 0 for all else
	header     string // first row of the table that this unit continues; "" elsewhere
}

// splitter makes units of blocks and passes them on.
type splitter struct {
	text     string
	options  Options
	emitFunc func(unit)
}

// block passes on the units of one block.
func (s *splitter) block(b placedBlock) {
	u := unit{start: b.start, end: b.end, kind: KindText, page: b.Page}
	switch b.Kind {
	case extract.KindHeading:
		u.level = max(1, b.Level)
		s.split(u, s.options.TargetTokens, sentenceEnds)
	case extract.KindTable:
		u.kind = KindTable
		s.table(u)
	case extract.KindCode:
		u.kind = KindCode
		s.split(u, s.options.MaxTokens, lines)
	default:
		s.split(u, s.options.TargetTokens, lines, sentenceEnds)
	}
}

// split passes u on whole when it has at most limit tokens, else in the parts
// that the first of the cutters makes, each again split by the others.
func (s *splitter) split(u unit, limit int, cutters ...func(string) []int) {
	text := strings.TrimSpace(s.text[u.start:u.end])
	if text == "" {
		return
	}
	u.start += strings.Index(s.text[u.start:u.end], text)
	u.end = u.start + len(text)
	u.tokens = Tokens(text)
	switch {
	case u.tokens <= limit:
		s.emitFunc(u)
	case len(cutters) == 0:
		s.cut(u, limit)
	default:
		s.parts(u, limit, cutters)
	}
}

func (s *splitter) parts(u unit, limit int, cutters []func(string) []int) {
	start := u.start
	for _, end := range cutters[0](s.text[u.start:u.end]) {
		part := u
		part.start, part.end = start, u.start+end
		s.split(part, limit, cutters[1:]...)
		start, u.level = part.end, 0 // what continues a heading is text
	}
}

// cut is for text without any structure: it cuts at the last space that fits,
// or inside a word that is too long itself.
func (s *splitter) cut(u unit, limit int) {
	rest := s.text[u.start:u.end]
	for rest != "" {
		n := fitting(rest, limit)
		part := u
		part.start, part.end = u.end-len(rest), u.end-len(rest)+n
		if part.tokens = Tokens(s.text[part.start:part.end]); strings.TrimSpace(s.text[part.start:part.end]) != "" {
			s.emitFunc(s.trim(part))
		}
		rest, u.level = rest[n:], 0
	}
}

// trim leaves out the white space around a unit.
func (s *splitter) trim(u unit) unit {
	text := s.text[u.start:u.end]
	u.end -= len(text) - len(strings.TrimRightFunc(text, unicode.IsSpace))
	u.start += len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	return u
}

// fitting is how many bytes of text make at most limit tokens, up to a space
// where there is one; at least one character.
func fitting(text string, limit int) int {
	cost, before, space := 0, ' ', 0
	for i, r := range text {
		cost += runeCost(before, r)
		if cost > 100*limit && i > 0 {
			if space > 0 {
				return space
			}
			return i
		}
		if unicode.IsSpace(r) {
			space = i + utf8.RuneLen(r)
		}
		before = r
	}
	return len(text)
}

// table passes on the rows of a table. Rows after the first carry it, as it
// names their columns, unless it is too long to be repeated.
func (s *splitter) table(u unit) {
	start := u.start
	for i, end := range lines(s.text[u.start:u.end]) {
		row := u
		row.start, row.end = start, u.start+end
		start = row.end
		s.split(row, s.options.TargetTokens-Tokens(u.header+"\n"))
		if header := strings.TrimSpace(s.text[row.start:row.end]); i == 0 && Tokens(header) <= s.options.TargetTokens/4 {
			u.header = header
		}
	}
}

// lines returns the ends of the lines of text.
func lines(text string) []int {
	var ends []int
	for at := 0; at < len(text); {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
		ends = append(ends, at)
	}
	if len(ends) == 0 || ends[len(ends)-1] < len(text) {
		ends = append(ends, len(text))
	}
	return ends
}
