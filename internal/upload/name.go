package upload

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxNameBytes = 255

// CleanName makes a client's file name safe to store and show: the last element of whatever path it has, valid UTF-8
// without control or direction-changing characters, at most 255 bytes with its extension kept. A name of which nothing
// remains is "upload".
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(name)
	if strings.Trim(name, ".") == "" {
		return "upload"
	}
	return shorten(name)
}

// shorten cuts the middle of a name that is too long.
func shorten(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	extension := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 16 {
		extension = name[i:]
	}
	end := maxNameBytes - len(extension)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return strings.TrimSpace(name[:end]) + extension
}
