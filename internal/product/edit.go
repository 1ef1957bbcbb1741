package product

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/taskwire/taskwire/taskq"
)

// edit changes a product in memory. Its error says why the product can't take the change.
type edit func(p *Product) error

// compileEdits checks values against their fields and returns what they do, in the order of the fields' names. Fields are
// named in errors with path before them.
func compileEdits(path string, set Set, adjust Adjustment) ([]edit, error) {
	if len(set)+len(adjust) == 0 {
		return nil, &taskq.InvalidError{Field: path + "set", Message: "must name at least one field, or adjust must"}
	}
	var edits []edit
	for _, name := range slices.Sorted(maps.Keys(set)) {
		e, err := compileSet(path+"set."+name, Field(name), set[name])
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	for _, name := range slices.Sorted(maps.Keys(adjust)) {
		if _, both := set[name]; both {
			return nil, &taskq.InvalidError{Field: path + "adjust." + name, Message: "must not stand beside a new value for the same field"}
		}
		e, err := compileAdjustment(path+"adjust."+name, Field(name), adjust[name])
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

func compileSet(path string, field Field, value any) (edit, error) {
	switch field {
	case FieldTitle:
		if value == nil || value == "" {
			return nil, &taskq.InvalidError{Field: path, Message: "must not be empty"}
		}
		return setText(path, value, MaxTitleLength, func(p *Product) *string { return &p.Title })
	case FieldDescription:
		return setText(path, value, MaxDescriptionLength, func(p *Product) *string { return &p.Description })
	case FieldBrand:
		return setText(path, value, MaxTextLength, func(p *Product) *string { return &p.Brand })
	case FieldCategory:
		return setText(path, value, MaxTextLength, func(p *Product) *string { return &p.Category })
	case FieldGTIN:
		return setText(path, value, MaxTextLength, func(p *Product) *string { return &p.GTIN })
	case FieldImageURL:
		return setText(path, value, MaxTextLength, func(p *Product) *string { return &p.ImageURL })
	case FieldCurrency:
		return setCurrency(path, value)
	case FieldPrice, FieldSalePrice, FieldCompareAtPrice:
		return setAmount(path, field, value)
	case FieldStock:
		return setStock(path, value)
	case "attributes":
		return setAttributes(path, value)
	default:
		return nil, &taskq.InvalidError{Field: path, Message: "is not a field of a product that can be set"}
	}
}

func setText(path string, value any, limit int, target func(*Product) *string) (edit, error) {
	text, ok := value.(string)
	if value != nil && !ok {
		return nil, &taskq.InvalidError{Field: path, Message: "must be a text"}
	}
	if err := checkText(path, text, limit); err != nil {
		return nil, err
	}
	return func(p *Product) error {
		*target(p) = text
		return nil
	}, nil
}

func checkText(path, text string, limit int) error {
	switch {
	case utf8.RuneCountInString(text) > limit:
		return &taskq.InvalidError{Field: path, Message: fmt.Sprintf("must be at most %d characters", limit)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return &taskq.InvalidError{Field: path, Message: "must be valid UTF-8 without NUL characters"}
	default:
		return nil
	}
}

func setCurrency(path string, value any) (edit, error) {
	text, ok := value.(string)
	code, err := currencyCode(text)
	if value != nil && (!ok || err != nil || code == "" && text != "") {
		return nil, &taskq.InvalidError{Field: path, Message: "must be an ISO 4217 code such as EUR"}
	}
	return func(p *Product) error {
		p.Currency = code
		return nil
	}, nil
}

func setAmount(path string, field Field, value any) (edit, error) {
	var amount *string
	if value != nil {
		text, ok := numberText(value)
		parsed, _, err := parsePrice(text, '.')
		if !ok || err != nil {
			return nil, &taskq.InvalidError{Field: path, Message: "must be an amount such as 9.90, not below zero"}
		}
		amount = &parsed
	}
	return func(p *Product) error {
		*p.amount(field) = amount
		return nil
	}, nil
}

// amount is where a product keeps one of its three amounts.
func (p *Product) amount(field Field) **string {
	switch field {
	case FieldSalePrice:
		return &p.SalePrice
	case FieldCompareAtPrice:
		return &p.CompareAtPrice
	default:
		return &p.Price
	}
}

func setStock(path string, value any) (edit, error) {
	var stock *int
	if value != nil {
		n, err := wholeNumber(path, value)
		if err != nil {
			return nil, err
		}
		stock = &n
	}
	return func(p *Product) error {
		p.Stock = stock
		return nil
	}, nil
}

func setAttributes(path string, value any) (edit, error) {
	wanted, ok := value.(map[string]any)
	if !ok {
		return nil, &taskq.InvalidError{Field: path, Message: "must be an object of texts; null removes one"}
	}
	for name, text := range wanted {
		text, isText := text.(string)
		if wanted[name] != nil && !isText {
			return nil, &taskq.InvalidError{Field: path + "." + name, Message: "must be a text, or null to remove it"}
		}
		if err := checkText(path, name+text, MaxDescriptionLength); err != nil {
			return nil, err
		}
	}
	return func(p *Product) error { return p.mergeAttributes(wanted) }, nil
}

// mergeAttributes adds and replaces attributes, and removes those that are nil.
func (p *Product) mergeAttributes(wanted map[string]any) error {
	attributes := map[string]any{}
	if err := json.Unmarshal(p.Attributes, &attributes); err != nil {
		return fmt.Errorf("its attributes cannot be read: %w", err)
	}
	before := maps.Clone(attributes)
	for name, text := range wanted {
		if text == nil {
			delete(attributes, name)
		} else {
			attributes[name] = text
		}
	}
	if reflect.DeepEqual(attributes, before) {
		return nil
	}
	encoded, err := json.Marshal(attributes)
	if err != nil {
		return fmt.Errorf("its attributes cannot be written: %w", err)
	}
	p.Attributes = encoded
	return nil
}

// numberText writes a number of JSON, of Go or in a text as a text.
func numberText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, v != ""
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	default:
		return "", false
	}
}

func wholeNumber(path string, value any) (int, error) {
	text, ok := numberText(value)
	n, err := parseStock(text, '.')
	if !ok || err != nil {
		return 0, &taskq.InvalidError{Field: path, Message: "must be a whole number"}
	}
	return n, nil
}
