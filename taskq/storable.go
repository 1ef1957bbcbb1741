package taskq

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// storableText reports whether PostgreSQL's text can hold s.
func storableText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// What jsonb takes depends on the length and the depth, up to some thousands of each; these limits are well within.
const (
	maxJSONDepth    = 1_000
	maxJSONDigits   = 1_000 // of a number
	maxJSONExponent = 1_000
)

const unstorableJSON = "must not contain NUL characters, halves of surrogate pairs, numbers beyond 1e±1000 or a thousand levels"

// storableJSON reports whether PostgreSQL's jsonb can hold b, which is valid JSON.
func storableJSON(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for depth := 0; len(b) > 0; {
		length, ok := 1, true
		switch c := b[0]; {
		case c == '{' || c == '[':
			depth++
			ok = depth <= maxJSONDepth
		case c == '}' || c == ']':
			depth--
		case c == '"':
			length, ok = scanJSONString(b)
		case c == '-' || '0' <= c && c <= '9':
			var digits, exponent int
			length, digits, exponent = scanJSONNumber(b)
			ok = digits <= maxJSONDigits && -maxJSONExponent <= exponent && exponent <= maxJSONExponent
		}
		if !ok {
			return false
		}
		b = b[length:]
	}
	return true
}

// scanJSONString returns the length of the string that b begins with, and whether its escapes are storable.
func scanJSONString(b []byte) (int, bool) {
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '"':
			return i + 1, true
		case b[i] != '\\':
		case i+1 < len(b) && b[i+1] == 'u':
			length, ok := scanJSONEscape(b[i:])
			if !ok {
				return 0, false
			}
			i += length - 1
		default:
			i++
		}
	}
	return 0, false
}

// scanJSONEscape returns the length of the \uXXXX that b begins with, or of the pair of them.
func scanJSONEscape(b []byte) (int, bool) {
	r, ok := hexRune(b)
	switch {
	case !ok || r == 0:
		return 0, false
	case !utf16.IsSurrogate(r):
		return 6, true
	}
	second, ok := hexRune(b[6:])
	return 12, ok && utf16.DecodeRune(r, second) != utf8.RuneError
}

func hexRune(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// scanJSONNumber returns the length of the number that b begins with, how many of these are its digits, and its exponent.
func scanJSONNumber(b []byte) (length, digits, exponent int) {
	length = bytes.IndexFunc(b, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if length < 0 {
		length = len(b)
	}
	e := bytes.IndexAny(b[:length], "eE")
	if e < 0 {
		return length, length, 0
	}
	exponent, err := strconv.Atoi(string(b[e+1 : length]))
	if err != nil {
		exponent = math.MaxInt
	}
	return length, e, exponent
}
