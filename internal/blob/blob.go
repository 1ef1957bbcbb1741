// Package blob keeps uploaded bytes in content-addressed files: the name of a
// blob is the SHA-256 of what it holds, so equal content is stored once and a
// client's file name never becomes a path. Documents and product imports put
// their uploads here before they write their rows.
package blob

import (
	"encoding/hex"
	"errors"
)

// ErrNotFound reports that no blob has the given name.
var ErrNotFound = errors.New("blob not found")

// ErrTooLarge reports content longer than the limit given to Put.
var ErrTooLarge = errors.New("content is larger than allowed")

// A Blob names stored content.
type Blob struct {
	SHA256 string // lower-case hexadecimal, 64 digits
	Size   int64  // bytes
}

// isName reports whether s can be the name of a blob. Nothing else is ever
// joined to a path.
func isName(s string) bool {
	if len(s) != hex.EncodedLen(32) {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
