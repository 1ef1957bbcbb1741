package transport

import (
	"unicode"
	"unicode/utf8"
)

// sentence makes an error's text one: errors begin in lower case and have no full stop.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if text[len(text)-1] != '.' {
		text += "."
	}
	return text
}
