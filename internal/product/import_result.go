package product

import (
	"fmt"

	"github.com/taskwire/taskwire/internal/product/csvfile"
)

const maxRowErrors = 100

// ImportResult is what a DATA_IMPORT task leaves behind.
type ImportResult struct {
	DryRun     bool             `json:"dryRun"`
	Rows       int              `json:"rows"`       // below the header, blank ones left out
	Inserted   int              `json:"inserted"`   // products
	Updated    int              `json:"updated"`    //
	Unchanged  int              `json:"unchanged"`  // were so already, or were to be skipped
	Rejected   int              `json:"rejected"`   // rows with at least one error
	Duplicates int              `json:"duplicates"` // rows whose SKU stands again further down: the last one counts
	Images     int              `json:"images"`     // Shopify's rows that only add an image
	Lenient    int              `json:"lenient"`    // rows with stray quotes, taken literally
	ErrorCount int              `json:"errorCount"`
	Errors     []RowError       `json:"errors"` // the first ones
	Dialect    csvfile.Dialect  `json:"dialect"`
	Columns    map[Field]string `json:"columns"`    // which heading filled which field
	Attributes []string         `json:"attributes"` // headings that were kept as attributes
}

// add counts a row that was read.
func (r *ImportResult) add(row *parsedRow, lenient bool) {
	r.Rows++
	if lenient {
		r.Lenient++
	}
	if row.isImage {
		r.Images++
	}
	if len(row.problems) == 0 {
		return
	}
	r.Rejected++
	r.ErrorCount += len(row.problems)
	room := maxRowErrors - len(r.Errors)
	r.Errors = append(r.Errors, row.problems[:min(room, len(row.problems))]...)
}

// nothingUsable says why no row could be imported.
func (r *ImportResult) nothingUsable() error {
	if r.Rows == 0 {
		return refuse("The file has a header but no rows.")
	}
	if len(r.Errors) == 0 {
		return refuse("None of the %d rows holds a product.", r.Rows)
	}
	first := r.Errors[0]
	where := fmt.Sprintf("row %d", first.Row)
	if first.Column != "" {
		where += fmt.Sprintf(", column %s", cut(first.Column, 40))
	}
	return refuse("None of the %d rows can be imported. The first problem is in %s: %s", r.Rows, where, first.Message)
}
