package taskq

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
)

// contains reports whether the JSON object whole contains part, as PostgreSQL's whole @> part does: objects by key,
// arrays by element in any order, scalars by value. Input that is no JSON contains nothing.
func contains(whole, part json.RawMessage) bool {
	w, errWhole := decodeExactly(whole)
	p, errPart := decodeExactly(part)
	return errWhole == nil && errPart == nil && containsValue(w, p)
}

// decodeExactly keeps numbers as they are written: 9007199254740993 is no float64.
func decodeExactly(b []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	return v, err
}

func containsValue(whole, part any) bool {
	switch p := part.(type) {
	case map[string]any:
		w, ok := whole.(map[string]any)
		return ok && containsObject(w, p)
	case []any:
		w, ok := whole.([]any)
		return ok && !slices.ContainsFunc(p, func(wanted any) bool {
			return !slices.ContainsFunc(w, func(element any) bool { return containsValue(element, wanted) })
		})
	case json.Number:
		w, ok := whole.(json.Number)
		return ok && equalNumbers(w, p)
	default:
		return isScalar(whole) && whole == part
	}
}

// equalNumbers compares by value, as numeric does: 1 = 1.0 = 10e-1.
func equalNumbers(a, b json.Number) bool {
	if a == b {
		return true
	}
	if !isModest(a) || !isModest(b) {
		return false
	}
	x, okX := new(big.Rat).SetString(a.String())
	y, okY := new(big.Rat).SetString(b.String())
	return okX && okY && x.Cmp(y) == 0
}

// isModest leaves out numbers whose exact value would fill the memory. What is stored is modest, though the database writes
// it without an exponent.
func isModest(n json.Number) bool {
	_, digits, exponent := scanJSONNumber([]byte(n))
	const limit = 4 * (maxJSONDigits + maxJSONExponent)
	return digits <= limit && -limit <= exponent && exponent <= limit
}

func containsObject(whole, part map[string]any) bool {
	for key, wanted := range part {
		value, ok := whole[key]
		if !ok || !containsValue(value, wanted) {
			return false
		}
	}
	return true
}

// isScalar keeps == from comparing maps and slices, which panics.
func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}
