package product

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/taskwire/taskwire/internal/product/csvfile"
)

// RowError says why a row of a file was not imported.
type RowError struct {
	Row     int    `json:"row"`              // as a spreadsheet counts it
	Column  string `json:"column,omitempty"` // the heading
	Code    string `json:"code"`
	Message string `json:"message"` // for a person
	Value   string `json:"value,omitempty"`
}

// The codes of a RowError.
const (
	CodeDamagedNumber    = "DAMAGED_NUMBER" // 4.01E+12: a spreadsheet has rounded it
	CodeInvalidCharacter = "INVALID_CHARACTER"
	CodeInvalidCurrency  = "INVALID_CURRENCY"
	CodeInvalidNumber    = "INVALID_NUMBER"
	CodeMissingSKU       = "MISSING_SKU"
	CodeMissingTitle     = "MISSING_TITLE"
	CodeTooLong          = "TOO_LONG"
	CodeTooManyColumns   = "TOO_MANY_COLUMNS"
)

const maxErrorValue = 100 // characters of the offending value that are kept

// parsedRow is a row of a file, read and checked. Empty texts and nil numbers are blank cells.
type parsedRow struct {
	row                              int
	sku, title, description          string
	brand, category, gtin, imageURL  string
	price, salePrice, compareAtPrice *string // decimal
	currency                         string
	stock                            *int
	attributes                       map[string]string
	handle                           string
	isImage                          bool // Shopify: the row only adds an image to the product above
	problems                         []RowError
}

// rowParser turns the records of one file into rows.
type rowParser struct {
	columns *columns
	mark    byte // the file's decimal mark
	group   group
}

// parse reads one record. Its problems are in the result: all of them, so that a person mends a row once.
func (p *rowParser) parse(record csvfile.Record) parsedRow {
	row := parsedRow{row: record.Row}
	if record.HasNUL {
		row.reject("", CodeInvalidCharacter, "The row holds a NUL character.", "")
		return row
	}
	if extra := record.Fields[min(len(p.columns.header), len(record.Fields)):]; strings.TrimSpace(strings.Join(extra, "")) != "" {
		row.reject("", CodeTooManyColumns, fmt.Sprintf("The row has %d cells, the header %d. A cell that holds the delimiter must stand in quotes.",
			len(record.Fields), len(p.columns.header)), strings.Join(extra, " "))
		return row
	}
	p.readTexts(&row, record.Fields)
	if row.isImage = p.isImage(&row, record.Fields); row.isImage {
		return row
	}
	p.group.apply(&row)
	p.readNumbers(&row, record.Fields)
	p.readKey(&row, record.Fields)
	if row.title == "" && p.columns.has(FieldTitle) {
		row.reject(p.heading(FieldTitle), CodeMissingTitle, "The product has no title.", "")
	}
	return row
}

// isImage recognises a Shopify row that only adds an image to the product above.
func (p *rowParser) isImage(row *parsedRow, fields []string) bool {
	if row.handle == "" || row.imageURL == "" || row.title != "" {
		return false
	}
	for _, field := range []Field{FieldSKU, FieldPrice} {
		if text, _ := p.cell(fields, field); text != "" {
			return false
		}
	}
	for _, option := range p.columns.options {
		if at(fields, option.value) != "" {
			return false
		}
	}
	return true
}

// cell returns the first of a field's columns that is not blank.
func (p *rowParser) cell(fields []string, field Field) (text string, column int) {
	for _, column := range p.columns.byField[field] {
		if column < len(fields) {
			if text := strings.TrimSpace(fields[column]); text != "" {
				return text, column
			}
		}
	}
	return "", -1
}

func (p *rowParser) heading(field Field) string {
	if list := p.columns.byField[field]; len(list) > 0 {
		return p.columns.header[list[0]]
	}
	return ""
}

func (p *rowParser) readTexts(row *parsedRow, fields []string) {
	for _, text := range []struct {
		field  Field
		target *string
		limit  int
	}{
		{FieldHandle, &row.handle, MaxSKULength},
		{FieldTitle, &row.title, MaxTitleLength},
		{FieldBrand, &row.brand, MaxTextLength},
		{FieldCategory, &row.category, MaxTextLength},
		{FieldImageURL, &row.imageURL, MaxDescriptionLength},
		{FieldDescription, &row.description, MaxDescriptionLength},
	} {
		value, column := p.cell(fields, text.field)
		if text.field == FieldDescription {
			value = plainText(value)
		}
		*text.target = value
		if len(value) > text.limit && utf8.RuneCountInString(value) > text.limit {
			row.reject(p.columns.header[column], CodeTooLong, fmt.Sprintf("The text is longer than %d characters.", text.limit), value)
		}
	}
	row.imageURL = firstURL(row.imageURL)
	row.attributes = p.readAttributes(fields)
}

// firstURL takes the first of a list of image addresses, as WooCommerce, PrestaShop and Magento write them.
func firstURL(list string) string {
	url, _, _ := strings.Cut(list, ",")
	url, _, _ = strings.Cut(strings.TrimSpace(url), "|")
	return cut(strings.TrimSpace(url), MaxTextLength)
}

func (p *rowParser) readAttributes(fields []string) map[string]string {
	attributes := map[string]string{}
	for _, column := range p.columns.attrs {
		if column < len(fields) {
			if value := strings.TrimSpace(fields[column]); value != "" {
				attributes[p.columns.header[column]] = value
			}
		}
	}
	return attributes
}

func (p *rowParser) readNumbers(row *parsedRow, fields []string) {
	row.currency = p.readCurrency(row, fields)
	for _, amount := range []struct {
		field  Field
		target **string
	}{
		{FieldPrice, &row.price}, {FieldSalePrice, &row.salePrice}, {FieldCompareAtPrice, &row.compareAtPrice},
	} {
		text, column := p.cell(fields, amount.field)
		if text == "" {
			continue
		}
		value, currency, err := parsePrice(text, p.mark)
		if err != nil {
			row.reject(p.columns.header[column], CodeInvalidNumber, fmt.Sprintf("The amount %s.", err), text)
			continue
		}
		*amount.target = &value
		if row.currency == "" {
			row.currency = currency
		}
	}
	if row.currency == "" {
		row.currency = p.columns.currency
	}
	if text, column := p.cell(fields, FieldStock); text != "" {
		stock, err := parseStock(text, p.mark)
		if err != nil {
			row.reject(p.columns.header[column], CodeInvalidNumber, fmt.Sprintf("The stock %s.", err), text)
			return
		}
		row.stock = &stock
	}
}

func (p *rowParser) readCurrency(row *parsedRow, fields []string) string {
	text, column := p.cell(fields, FieldCurrency)
	code, err := currencyCode(text)
	if err != nil {
		row.reject(p.columns.header[column], CodeInvalidCurrency, "The currency is not an ISO 4217 code such as EUR.", text)
	}
	return code
}

// damaged is what a spreadsheet makes of a long number: the last digits are lost.
var damaged = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+\d+$`)

// readKey reads the SKU and the GTIN. A Shopify row without a SKU is known by its handle and options.
func (p *rowParser) readKey(row *parsedRow, fields []string) {
	for _, key := range []struct {
		field  Field
		target *string
	}{{FieldSKU, &row.sku}, {FieldGTIN, &row.gtin}} {
		text, column := p.cell(fields, key.field)
		text = strings.TrimPrefix(text, "'") // Shopify's guard against spreadsheets
		if damaged.MatchString(text) {
			row.reject(p.columns.header[column], CodeDamagedNumber, "A spreadsheet has shortened this number. Format the column as text and export it again.", text)
		}
		*key.target = strings.TrimSpace(text)
	}
	options := p.readOptions(row, fields)
	if row.sku == "" && row.handle != "" {
		row.sku = strings.Join(append([]string{row.handle}, options...), "/")
	}
	switch {
	case row.sku == "":
		row.reject(p.heading(FieldSKU), CodeMissingSKU, "The product has no SKU.", "")
	case utf8.RuneCountInString(row.sku) > MaxSKULength:
		row.reject(p.heading(FieldSKU), CodeTooLong, fmt.Sprintf("The SKU is longer than %d characters.", MaxSKULength), row.sku)
	case utf8.RuneCountInString(row.gtin) > MaxTextLength:
		row.reject(p.heading(FieldGTIN), CodeTooLong, fmt.Sprintf("The text is longer than %d characters.", MaxTextLength), row.gtin)
	}
}

// readOptions keeps Shopify's options as attributes (Size: Medium) and returns their values. "Default Title" is Shopify's
// way to say that there are none. Their names stand in the first row of the product only.
func (p *rowParser) readOptions(row *parsedRow, fields []string) []string {
	var values []string
	for i, option := range p.columns.options {
		name := p.group.optionName(i, at(fields, option.name))
		value := at(fields, option.value)
		if value == "" || value == "Default Title" {
			continue
		}
		values = append(values, value)
		if name != "" {
			row.attributes[name] = value
		}
	}
	return values
}

func at(fields []string, column int) string {
	if column < 0 || column >= len(fields) {
		return ""
	}
	return strings.TrimSpace(fields[column])
}

func (r *parsedRow) reject(column, code, message, value string) {
	r.problems = append(r.problems, RowError{
		Row: r.row, Column: column, Code: code, Message: message, Value: cut(strings.ReplaceAll(value, "\x00", ""), maxErrorValue),
	})
}

func (r *parsedRow) attributesJSON() (string, error) {
	if len(r.attributes) == 0 {
		return "{}", nil
	}
	encoded, err := json.Marshal(r.attributes)
	if err != nil {
		return "", fmt.Errorf("encode attributes: %w", err)
	}
	return string(encoded), nil
}
