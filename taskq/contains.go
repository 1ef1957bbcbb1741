package taskq

import (
	"encoding/json"
	"slices"
)

// contains reports whether the JSON object whole contains part, as PostgreSQL's whole @> part does: objects by key,
// arrays by element in any order, scalars by value. Input that is no JSON contains nothing.
func contains(whole, part json.RawMessage) bool {
	var w, p any
	return json.Unmarshal(whole, &w) == nil && json.Unmarshal(part, &p) == nil && containsValue(w, p)
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
	default:
		return isScalar(whole) && whole == part
	}
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
