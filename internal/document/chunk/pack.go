package chunk

import (
	"strings"
	"unicode/utf8"
)

const (
	// Sections of headings down to this level never share a piece.
	sectionLevel = 2

	// Longer headings are cut where they stand for their section.
	maxPathRunes = 200
)

// packer fills groups with units.
type packer struct {
	text    string
	options Options
	path    []pathHeading // above the present place
	section int           // grows with every heading of at most sectionLevel
	current []placedUnit  // of the group being filled
	open    group         // their sum
	groups  []group
}

type pathHeading struct {
	level int
	text  string
}

// placedUnit is a unit and where it stands among the headings.
type placedUnit struct {
	unit
	above   []string
	section int
}

// add takes the next unit.
func (p *packer) add(u unit) {
	for len(p.current) > 0 && p.isBreak(u) {
		p.flush()
	}
	p.put(p.enter(u))
}

// finish ends the last group.
func (p *packer) finish() {
	if len(p.current) > 0 {
		p.close(p.open)
	}
}

// enter tells which headings are above u and, when it is one itself, moves below it.
func (p *packer) enter(u unit) placedUnit {
	if u.level > 0 {
		for len(p.path) > 0 && p.path[len(p.path)-1].level >= u.level {
			p.path = p.path[:len(p.path)-1]
		}
		if u.level <= sectionLevel {
			p.section++
		}
	}
	above := make([]string, len(p.path))
	for i, heading := range p.path {
		above[i] = heading.text
	}
	if u.level > 0 {
		p.path = append(p.path, pathHeading{u.level, shorten(p.text[u.start:u.end])})
	}
	return placedUnit{u, above, p.section}
}

// put adds a unit to the group being filled.
func (p *packer) put(u placedUnit) {
	if len(p.current) == 0 {
		p.open = begin(u)
	}
	p.current = append(p.current, u)
	p.open.tokens = p.cost(u.unit)
	p.open.add(u)
}

// cost is what the group being filled costs with u behind it.
func (p *packer) cost(u unit) int {
	return p.open.tokens + Tokens(p.text[p.open.end:u.start]) + u.tokens
}

// isBreak decides whether u begins a new group.
func (p *packer) isBreak(u unit) bool {
	full := p.cost(u)
	switch {
	case full > p.options.MaxTokens:
		return true
	case p.open.body == 0:
		return false // a heading stays with what it heads
	case u.level > 0 && u.level <= sectionLevel, full > p.options.TargetTokens:
		return true
	case u.level > 0, u.kind != p.current[len(p.current)-1].kind:
		return p.open.tokens >= p.options.MinTokens
	default:
		return false
	}
}

// flush ends the group being filled, but for headings at its end, which belong
// to what follows.
func (p *packer) flush() {
	end := len(p.current)
	for end > 0 && p.current[end-1].level > 0 {
		end--
	}
	if end == 0 {
		end = len(p.current)
	}
	whole := p.current
	p.current = nil
	for _, u := range whole[:end] {
		p.put(u)
	}
	p.close(p.open)
	p.current = nil
	for _, u := range whole[end:] {
		p.put(u)
	}
}

// close keeps a group, in one with the group before when either is too short.
func (p *packer) close(g group) {
	if len(p.groups) > 0 {
		before := &p.groups[len(p.groups)-1]
		full := before.tokens + Tokens(p.text[before.end:g.start]) + g.tokens
		isShort := min(before.tokens, g.tokens) < p.options.MinTokens
		if isShort && before.section == g.section && full <= p.options.MaxTokens {
			before.join(g, full)
			return
		}
	}
	p.groups = append(p.groups, g)
}

// chunks makes the pieces, counting characters along the text once.
func (p *packer) chunks() []Chunk {
	chunks := make([]Chunk, 0, len(p.groups))
	at, runes := 0, 0
	count := func(to int) int {
		runes += utf8.RuneCountInString(p.text[at:to])
		at = to
		return runes
	}
	for _, g := range p.groups {
		c := Chunk{Start: count(g.start), Headings: g.above, PageFrom: g.pageFrom, PageTo: g.pageTo, Kind: g.kind()}
		c.End = count(g.end)
		c.Text = p.text[g.start:g.end]
		if g.header != "" {
			c.Text = g.header + "\n" + c.Text
		}
		c.Tokens = Tokens(c.Text)
		chunks = append(chunks, c)
	}
	return chunks
}

func shorten(heading string) string {
	heading = strings.Join(strings.Fields(heading), " ")
	if utf8.RuneCountInString(heading) <= maxPathRunes {
		return heading
	}
	return string([]rune(heading)[:maxPathRunes-1]) + "…"
}
