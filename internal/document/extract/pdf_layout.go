package extract

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pdfBlock is a run of lines that belong together.
type pdfBlock struct {
	lines []pdfLine
	joins []string // what stands before each line
	page  int      // from 1
	level int      // of a heading; 0 for none
}

// layout groups the lines of a page into blocks. PDF knows no paragraphs, only
// where characters stand; what parts them is a wider gap, another font, a
// bullet, or a line that ends a sentence with room left for the next word.
func layout(page pdfPage, number int) []pdfBlock {
	var blocks []pdfBlock
	g := newGeometry(page.lines)
	for i, line := range page.lines {
		if i == 0 || g.isBreak(page.lines[i-1], line) {
			blocks = append(blocks, pdfBlock{page: number})
		}
		last, join := &blocks[len(blocks)-1], ""
		if len(last.lines) > 0 {
			join = g.join(page.lines[i-1], line)
		}
		last.lines, last.joins = append(last.lines, line), append(last.joins, join)
	}
	for _, note := range page.notes {
		blocks = append(blocks, pdfBlock{page: number, lines: []pdfLine{{text: note}}, joins: []string{""}})
	}
	return blocks
}

// geometry is what the lines of a page have in common.
type geometry struct {
	leading float64         // the usual distance between base lines; 0 when there is none
	edges   map[int]float64 // how far lines reach, by where they begin
}

func newGeometry(lines []pdfLine) geometry {
	g := geometry{leading: usualLeading(lines), edges: map[int]float64{}}
	reaches := map[int][]float64{}
	for _, line := range lines {
		for _, start := range g.starts(line) {
			reaches[start] = append(reaches[start], line.reach())
		}
	}
	for start, all := range reaches {
		g.edges[start] = edge(all)
	}
	return g
}

// edge is how far the lines of a column reach: the farthest end that others
// come near to, as a single line may cross all columns.
func edge(reaches []float64) float64 {
	const near = 36
	slices.SortFunc(reaches, func(a, b float64) int { return cmp.Compare(b, a) })
	enough := max(2, len(reaches)/7)
	for i := range reaches {
		if last := i + enough - 1; last < len(reaches) && reaches[i]-reaches[last] <= near {
			return reaches[i]
		}
	}
	return reaches[0]
}

// starts are the places, a few points wide and overlapping, where a line of the
// same column may begin.
func (g geometry) starts(line pdfLine) []int {
	const width = 12
	at := int(math.Floor(line.x / width))
	return []int{at - 1, at, at + 1}
}

// usualLeading is the median distance between the base lines of neighbours.
func usualLeading(lines []pdfLine) float64 {
	var steps []float64
	for i := 1; i < len(lines); i++ {
		step := lines[i-1].y - lines[i].y
		if step > 1 && step < 3*max(lines[i].size, 6) {
			steps = append(steps, step)
		}
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

func (g geometry) isBreak(before, line pdfLine) bool {
	step := before.y - line.y
	ends := endsSentence(before.text)
	switch {
	case isBullet(before.text):
		return false
	case isListItem(line.text) || isBullet(line.text):
		return true
	case math.Abs(before.size-line.size) > 0.12*max(before.size, line.size) || before.isBold != line.isBold && g.hasRoom(before, line):
		return step > 0.2*line.size || step < -line.size // not a mark raised within the line
	case g.leading == 0:
		return ends
	case step > 1.35*g.leading && step > 1.25*line.size:
		return true
	case step < -g.leading/2: // up the page: another column
		return ends
	default:
		return ends && g.hasRoom(before, line)
	}
}

// hasRoom reports that the first word of line would have fitted behind before:
// whoever set the text ended the line there on purpose.
func (g geometry) hasRoom(before, line pdfLine) bool {
	word, _, _ := strings.Cut(line.text, " ")
	chars := max(1, utf8.RuneCountInString(line.text))
	needed := line.width() / float64(chars) * float64(utf8.RuneCountInString(word)+1)
	return g.edges[g.starts(before)[1]]-before.reach() > needed
}

// join is what belongs between two lines of a block.
func (g geometry) join(before, line pdfLine) string {
	last, _ := utf8.DecodeLastRuneInString(before.text)
	next, _ := utf8.DecodeRuneInString(line.text)
	switch {
	case last == pdfHyphen || last == '\u00AD':
		return ""
	case isBullet(before.text):
		return " "
	case g.hasRoom(before, line):
		return "\n"
	case isUnspaced(last) && isUnspaced(next):
		return ""
	default:
		return " "
	}
}

// reach is how far a line goes in the direction of its script.
func (l pdfLine) reach() float64 {
	if l.end < l.x {
		return -l.end
	}
	return l.end
}

func (l pdfLine) width() float64 { return math.Abs(l.end - l.x) }

func endsSentence(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text, `"'”’»)]`))
	return strings.ContainsRune(".!?:;…。！？؟۔।", r)
}

// isUnspaced reports scripts that are written without spaces.
func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}

// text joins the lines of a block, and words that a line end parted.
func (b pdfBlock) text() string {
	var out strings.Builder
	for i, line := range b.lines {
		out.WriteString(b.joins[i])
		out.WriteString(strings.ReplaceAll(line.text, string(pdfHyphen), ""))
	}
	return out.String()
}

// split parts a block before its line n.
func (b pdfBlock) split(n int) (head, rest pdfBlock) {
	head, rest = b, b
	head.lines, head.joins = b.lines[:n], b.joins[:n]
	rest.lines, rest.joins = b.lines[n:], append([]string{""}, b.joins[n+1:]...)
	return head, rest
}
