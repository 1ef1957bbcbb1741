package transport

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPreferredCoding(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                         "",
		"identity":                 "",
		"gzip":                     "gzip",
		"gzip, deflate, br, zstd":  "zstd",
		"zstd, gzip":               "zstd",
		"gzip;q=1, zstd; q=0.5":    "gzip",
		"GZIP;Q=0.3, ZSTD;Q=0.9":   "zstd",
		"gzip;q=0, zstd;q=0":       "",
		"gzip;q=none":              "",
		"*":                        "gzip",
		"br;q=1.0, *;q=0.1":        "gzip",
		"deflate, gzip;q=1.0, *":   "gzip",
		"zstd;q=0, gzip;q=0.00001": "gzip",
	} {
		require.Equal(t, want, preferredCoding([]string{header}), header)
	}
}
