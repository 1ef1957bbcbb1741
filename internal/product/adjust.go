package product

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"

	"golang.org/x/text/currency"

	"github.com/taskwire/taskwire/taskq"
)

var adjustment = regexp.MustCompile(`^([+-]?)(\d{1,14}(?:\.\d{1,6})?)(%?)$`)

func compileAdjustment(path string, field Field, value any) (edit, error) {
	switch field {
	case FieldPrice, FieldSalePrice, FieldCompareAtPrice:
		return adjustAmount(path, field, value)
	case FieldStock:
		return adjustStock(path, value)
	default:
		return nil, &taskq.InvalidError{Field: path, Message: "is not a number of a product: price, salePrice, compareAtPrice or stock"}
	}
}

func adjustAmount(path string, field Field, value any) (edit, error) {
	text, ok := numberText(value)
	parts := adjustment.FindStringSubmatch(text)
	if !ok || parts == nil {
		return nil, &taskq.InvalidError{Field: path, Message: "must be a change such as +10% or -2.50"}
	}
	by, _ := new(big.Rat).SetString(parts[1] + parts[2]) // the pattern allows nothing that it can't read
	isPercent := parts[3] != ""
	if isPercent {
		by.Add(by.Quo(by, big.NewRat(100, 1)), big.NewRat(1, 1))
	}
	return func(p *Product) error {
		amount := p.amount(field)
		if *amount == nil {
			return fmt.Errorf("it has no %s to adjust", field)
		}
		next, err := adjusted(**amount, by, isPercent, p.Currency)
		if err != nil {
			return fmt.Errorf("its %s of %s %w", field, **amount, err)
		}
		*amount = &next
		return nil
	}, nil
}

// adjusted returns amount × by, or amount + by, rounded to the decimals of the currency.
func adjusted(amount string, by *big.Rat, isFactor bool, code string) (string, error) {
	value, ok := new(big.Rat).SetString(amount)
	if !ok {
		return "", errNotANumber
	}
	if isFactor {
		value.Mul(value, by)
	} else {
		value.Add(value, by)
	}
	if value.Sign() < 0 {
		return "", errors.New("would fall below zero")
	}
	whole, fraction, _ := strings.Cut(value.FloatString(decimals(code)), ".")
	return joinDecimal(whole, fraction)
}

// decimals is how many a currency has: two, unless it is known to have others.
func decimals(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	scale, _ := currency.Standard.Rounding(unit)
	return scale
}

func adjustStock(path string, value any) (edit, error) {
	by, err := wholeNumber(path, value)
	if err != nil {
		return nil, err
	}
	return func(p *Product) error {
		if p.Stock == nil {
			return errors.New("it has no stock to adjust")
		}
		next := *p.Stock + by
		if next > math.MaxInt32 || next < math.MinInt32 {
			return errors.New("its stock would be out of range")
		}
		p.Stock = &next
		return nil
	}, nil
}
