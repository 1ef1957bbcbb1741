package chunk

// group is the sum of the units of one piece.
type group struct {
	start, end       int    // bytes of the document's text
	header           string // of the table that the first unit continues
	tokens           int    // what the units cost together, rounded up
	body             int    // units that are no headings
	table, code      int    // tokens of these kinds
	pageFrom, pageTo int
	above            []string // headings above the first unit
	section          int      // of the last unit
}

// begin starts a group before its first unit.
func begin(u placedUnit) group {
	g := group{start: u.start, end: u.start, header: u.header, above: u.above, pageFrom: u.page}
	if g.header != "" {
		g.tokens = Tokens(g.header + "\n")
	}
	return g
}

// add counts one unit, but for its tokens.
func (g *group) add(u placedUnit) {
	g.end, g.pageTo, g.section = u.end, u.page, u.section
	if u.level == 0 {
		g.body++
	}
	switch u.kind {
	case KindTable:
		g.table += u.tokens
	case KindCode:
		g.code += u.tokens
	default:
	}
}

// join adds the group that follows; tokens is what both cost together.
func (g *group) join(next group, tokens int) {
	g.end, g.pageTo, g.tokens = next.end, next.pageTo, tokens
	g.body += next.body
	g.table += next.table
	g.code += next.code
}

// kind is what most of the group is.
func (g *group) kind() Kind {
	switch {
	case g.table*2 > g.tokens:
		return KindTable
	case g.code*2 > g.tokens:
		return KindCode
	default:
		return KindText
	}
}
