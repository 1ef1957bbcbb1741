package product

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taskwire/taskwire/internal/product/csvfile"
	"github.com/taskwire/taskwire/taskq"
)

// ColumnMapping says what a column means, whatever its heading suggests.
type ColumnMapping struct {
	Column string `json:"column"` // the heading, as in the file; case and punctuation don't matter
	Field  Field  `json:"field"`
}

// maxOptions is how many options a Shopify product can have.
const maxOptions = 3

// columns tells where a file keeps what.
type columns struct {
	header   []string
	byField  map[Field][]int // the columns of a field, the best first: the first that is not blank counts
	currency string          // named by the heading of the price
	attrs    []int           // kept under their heading
	options  [maxOptions]struct{ name, value int }
}

// headings recognises column headings.
type headings struct {
	ranks  map[string]headingRank
	mapped map[string]bool // normalised headings that the caller's mapping names
}

type headingRank struct {
	field Field
	rank  int // 0 is the best heading of its field
}

func newHeadings(mapping []ColumnMapping) headings {
	mapped := map[string]bool{}
	for _, m := range mapping {
		mapped[normaliseHeading(m.Column)] = true
	}
	delete(mapped, "") // a heading without letters, which blank cells must not be taken for
	ranks := map[string]headingRank{}
	for field, names := range aliases() {
		for rank, name := range names {
			ranks[name] = headingRank{field, rank}
		}
	}
	return headings{ranks, mapped}
}

// find returns the field that a heading suggests.
func (h headings) find(heading string) (headingRank, bool) {
	if found, ok := h.ranks[normaliseHeading(heading)]; ok {
		return found, true
	}
	rest, _ := withoutUnit(heading)
	found, ok := h.ranks[normaliseHeading(rest)]
	return found, ok
}

// count says how many cells of a row are known headings, each field counted once, and those that the caller maps.
func (h headings) count(row []string) int {
	seen := map[Field]bool{}
	mapped := 0
	for _, cell := range row {
		if len(cell) > csvfile.MaxHeadingLength {
			continue
		}
		if h.mapped[normaliseHeading(cell)] {
			mapped++
		} else if found, ok := h.find(cell); ok {
			seen[found.field] = true
		}
	}
	return len(seen) + mapped
}

// newColumns assigns a meaning to every column: the caller's, else that of its heading. A mapping of a column that the
// file does not have is an error for a person.
func newColumns(header []string, mapping []ColumnMapping, known headings) (*columns, error) {
	c := &columns{header: header, byField: map[Field][]int{}}
	for i := range c.options {
		c.options[i].name, c.options[i].value = -1, -1
	}
	mapped, err := mappedColumns(header, mapping)
	if err != nil {
		return nil, err
	}
	ranks := make([]int, len(header))
	for i, heading := range header {
		if field, ok := mapped[i]; ok {
			ranks[i] = -1
			c.assign(i, field)
		} else if !c.assignOption(i, heading) {
			found, ok := known.find(heading)
			if !ok {
				found.field = FieldAttribute
			}
			ranks[i] = found.rank
			c.assign(i, found.field)
		}
	}
	c.rank(ranks)
	return c, nil
}

// mappedColumns looks the caller's columns up in the header.
func mappedColumns(header []string, mapping []ColumnMapping) (map[int]Field, error) {
	mapped := map[int]Field{}
	for _, m := range mapping {
		want := normaliseHeading(m.Column)
		at := slices.IndexFunc(header, func(heading string) bool {
			return heading == m.Column || want != "" && normaliseHeading(heading) == want
		})
		if at < 0 {
			return nil, refuse("The mapping names a column %q that the file does not have. Its columns are: %s.", m.Column, listColumns(header))
		}
		mapped[at] = m.Field
	}
	return mapped, nil
}

func (c *columns) assign(column int, field Field) {
	switch field {
	case FieldIgnore:
	case FieldAttribute:
		if c.header[column] != "" {
			c.attrs = append(c.attrs, column)
		}
	default:
		c.byField[field] = append(c.byField[field], column)
	}
}

// assignOption recognises Shopify's "Option1 Name" and "Option1 Value".
func (c *columns) assignOption(column int, heading string) bool {
	name := normaliseHeading(heading)
	for i := range c.options {
		switch name {
		case fmt.Sprintf("option%dname", i+1):
			c.options[i].name = column
			return true
		case fmt.Sprintf("option%dvalue", i+1):
			c.options[i].value = column
			return true
		}
	}
	return false
}

// rank sorts the columns of each field and keeps all but the best as attributes, too: they say something else when both
// are filled. The SKU comes from the best column only: a key must not change its kind from row to row.
func (c *columns) rank(ranks []int) {
	for field, list := range c.byField {
		slices.SortStableFunc(list, func(a, b int) int { return ranks[a] - ranks[b] })
		c.attrs = append(c.attrs, list[1:]...)
		if field == FieldSKU {
			c.byField[field] = list[:1]
		}
	}
	slices.Sort(c.attrs)
	if list := c.byField[FieldPrice]; len(list) > 0 {
		_, unit := withoutUnit(c.header[list[0]])
		c.currency, _ = currencyCode(unit)
	}
}

func (c *columns) has(field Field) bool { return len(c.byField[field]) > 0 }

// attributeNames are the headings kept as attributes.
func (c *columns) attributeNames() []string {
	names := make([]string, len(c.attrs))
	for i, column := range c.attrs {
		names[i] = c.header[column]
	}
	return names
}

// summary tells which heading fills which field, for the task's result.
func (c *columns) summary() map[Field]string {
	found := map[Field]string{}
	for field, list := range c.byField {
		found[field] = c.header[list[0]]
	}
	return found
}

// listColumns names columns in a message, as many as fit.
func listColumns(header []string) string {
	const most, longest = 20, 40
	named := make([]string, 0, most)
	for _, heading := range header[:min(most, len(header))] {
		named = append(named, cut(heading, longest))
	}
	list := strings.Join(named, ", ")
	if rest := len(header) - most; rest > 0 {
		list += fmt.Sprintf(" and %d more", rest)
	}
	return list
}

// refuse says why a file cannot be imported at all, in words for a person.
func refuse(format string, args ...any) error {
	return &csvfile.FormatError{Message: fmt.Sprintf(format, args...)}
}

func checkMapping(mapping []ColumnMapping) error {
	const most = 500
	if len(mapping) > most {
		return &taskq.InvalidError{Field: "mapping", Message: fmt.Sprintf("must have at most %d columns", most)}
	}
	known := aliases()
	seen := map[string]bool{}
	for _, m := range mapping {
		_, ok := known[m.Field]
		switch {
		case !ok && m.Field != FieldAttribute && m.Field != FieldIgnore:
			return &taskq.InvalidError{Field: "mapping", Message: fmt.Sprintf("has an unknown field %q", m.Field)}
		case strings.TrimSpace(m.Column) == "":
			return &taskq.InvalidError{Field: "mapping", Message: "has an entry without a column"}
		case seen[m.Column]:
			return &taskq.InvalidError{Field: "mapping", Message: fmt.Sprintf("names the column %q twice", m.Column)}
		}
		seen[m.Column] = true
	}
	return nil
}

// cut shortens a text to n characters.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
