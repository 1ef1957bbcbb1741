package transport

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzPlaceFiles(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"file": null}`, `{"0": ["variables.file"]}`},
		{`{"input": {"files": [null, null]}}`, `{"a": ["variables.input.files.0"], "b": ["variables.input.files.1"]}`},
		{`{"x": [1]}`, `{"0": ["variables.x.-1"]}`},
		{`{"": {"": null}}`, `{"0": ["variables.."]}`},
		{`null`, `{"0": ["variables"]}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, places string) {
		var variables map[string]any
		if json.Unmarshal([]byte(text), &variables) != nil {
			return
		}
		keys, err := placeFiles(variables, []byte(places), 3)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(keys), 3)
		require.Equal(t, len(keys), countKeys(variables), "each file has exactly one place")
	})
}

func countKeys(v any) int {
	count := 0
	switch v := v.(type) {
	case fileKey:
		return 1
	case map[string]any:
		for _, child := range v {
			count += countKeys(child)
		}
	case []any:
		for _, child := range v {
			count += countKeys(child)
		}
	}
	return count
}
