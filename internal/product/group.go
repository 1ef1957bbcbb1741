package product

import (
	"maps"
	"strings"
)

// group is the run of rows with one Shopify handle. The texts of the product stand in its first row only; the others are
// its variants and further images. Shopify keeps the rows of a product together.
type group struct {
	handle  string
	first   parsedRow
	options [maxOptions]string
}

// apply gives a row the texts of its group, or begins a new group with it.
func (g *group) apply(row *parsedRow) {
	if row.handle == "" || row.handle != g.handle {
		*g = group{handle: row.handle, first: *row}
		g.first.attributes = maps.Clone(row.attributes) // the row goes on to add its options
		return
	}
	for _, text := range []struct{ own, first *string }{
		{&row.title, &g.first.title},
		{&row.description, &g.first.description},
		{&row.brand, &g.first.brand},
		{&row.category, &g.first.category},
		{&row.imageURL, &g.first.imageURL},
	} {
		if *text.own == "" {
			*text.own = *text.first
		}
	}
	for name, value := range g.first.attributes {
		if _, ok := row.attributes[name]; !ok && !isVariantColumn(name) {
			row.attributes[name] = value
		}
	}
}

func isVariantColumn(heading string) bool {
	return strings.HasPrefix(heading, "Variant ") || strings.HasPrefix(heading, "Image ")
}

// optionName remembers the name of an option, such as Size, from the first row of the product.
func (g *group) optionName(i int, name string) string {
	if name != "" {
		g.options[i] = name
	}
	return g.options[i]
}
