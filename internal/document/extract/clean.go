package extract

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean brings text into the form a Block promises. Lines of code and tables
// keep their spaces; elsewhere runs of spaces become one.
func clean(text string, kind Kind) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	text = norm.NFC.String(strings.Map(plain, text))
	switch {
	case strings.TrimSpace(text) == "":
		return ""
	case kind == KindCode:
		return trimLines(text)
	case kind == KindTable:
		return strings.Trim(text, "\n")
	default:
		return squeeze(text)
	}
}

// plain maps a character to what plain text may hold, or drops it.
func plain(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == '\r' || r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029' || r == '\u0085':
		return '\n'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case r == '\u00AD' || r == '\u200B' || r == '\u2060' || r == '\uFEFF':
		return -1 // invisible: soft hyphen, zero-width space, joiner, byte order mark
	case unicode.IsControl(r) || isNoncharacter(r):
		return -1
	default:
		return r
	}
}

// isNoncharacter reports the code points that Unicode keeps for internal use.
func isNoncharacter(r rune) bool {
	return r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}

// squeeze trims every line, makes runs of spaces one, and drops empty lines.
func squeeze(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for line := range strings.Lines(text) {
		line = strings.Join(strings.FieldsFunc(line, unicode.IsSpace), " ")
		if line == "" {
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(line)
	}
	return out.String()
}

// trimLines drops empty lines at both ends and spaces at the end of lines.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// oneLine makes text fit for a title, a heading or a table cell.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
