package extract

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/saintfish/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decode returns the text of data as UTF-8 and the name of its encoding. What
// the client states wins; then a byte order mark; then UTF-8 wherever the
// bytes are valid, whatever the file declares, since text in another encoding
// hardly ever is; then what the file declares; then what fits best.
func decode(data []byte, stated, declared string) (text, charset string, err error) {
	if stated != "" {
		text, err = decodeAs(data, stated)
		if err != nil {
			return "", "", &Error{Code: CodeUnsupported, Message: fmt.Sprintf("The character set %q is not known. Leave it out to have it detected.", stated), Detail: err}
		}
		return text, strings.ToLower(stated), nil
	}
	charset = detectCharset(data, declared)
	text, err = decodeAs(data, charset)
	if err != nil {
		return "", "", malformed("text", err)
	}
	return text, charset, nil
}

func detectCharset(data []byte, declared string) string {
	if name := wideCharset(data); name != "" {
		return name
	}
	if isUTF8(data) {
		if name := escapeCharset(data); name != "" {
			return name
		}
		return "utf-8"
	}
	if enc, err := lookup(declared); declared != "" && err == nil && enc != encoding.Replacement {
		if name := strings.ToLower(declared); !strings.HasPrefix(name, "utf") {
			return name
		}
	}
	return guessCharset(data)
}

// isUTF8 accepts what is valid, and what became invalid in a few places, as
// logs and concatenated files do: one broken sequence in a hundred good ones.
func isUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		data = data[size:]
	}
	return bad*100 <= good
}

// wideCharset recognises byte order marks and UTF-16 without one, by where its
// zero bytes stand. It returns "" for anything else.
func wideCharset(data []byte) string {
	marks := []struct{ mark, name string }{
		{"\xEF\xBB\xBF", "utf-8"},
		{"\xFF\xFE\x00\x00", "utf-32le"},
		{"\x00\x00\xFE\xFF", "utf-32be"},
		{"\xFF\xFE", "utf-16le"},
		{"\xFE\xFF", "utf-16be"},
	}
	for _, m := range marks {
		if bytes.HasPrefix(data, []byte(m.mark)) {
			return m.name
		}
	}
	head := data[:min(len(data), 4096)&^1]
	zeros := [2]int{}
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	// Spaces, digits and line ends have a zero half in every script.
	enough := max(2, len(head)/50)
	switch {
	case zeros[1] >= enough && zeros[0]*20 <= zeros[1] && isReadable(head, "utf-16le"):
		return "utf-16le"
	case zeros[0] >= enough && zeros[1]*20 <= zeros[0] && isReadable(head, "utf-16be"):
		return "utf-16be"
	default:
		return ""
	}
}

// isReadable reports whether the bytes, decoded, are nearly all characters that text has.
func isReadable(data []byte, charset string) bool {
	text, err := decodeAs(data, charset)
	if err != nil {
		return false
	}
	good, all := 0, 0
	for _, r := range text {
		all++
		if r != utf8.RuneError && (unicode.IsPrint(r) || unicode.IsSpace(r)) {
			good++
		}
	}
	return good*100 >= all*98
}

// escapeCharset recognises the ISO-2022 family, which is pure ASCII to the eye.
func escapeCharset(data []byte) string {
	for _, escape := range []string{"\x1b$B", "\x1b$@", "\x1b(J", "\x1b(I"} {
		if bytes.Contains(data, []byte(escape)) {
			return "iso-2022-jp"
		}
	}
	return ""
}

// lookup finds an encoding by any of its names on the web.
func lookup(name string) (encoding.Encoding, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), nil
	case "utf-32be", "utf-32":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM), nil
	case "gb-18030":
		name = "gb18030"
	}
	return htmlindex.Get(strings.ReplaceAll(name, "_", "-"))
}

// IsCharset reports whether texts can be decoded from the character set of this name.
func IsCharset(name string) bool {
	_, err := lookup(name)
	return err == nil
}

// decodeAs never fails on bad bytes; they become U+FFFD.
func decodeAs(data []byte, charset string) (string, error) {
	enc, err := lookup(charset)
	if err != nil {
		return "", fmt.Errorf("look up character set %q: %w", charset, err)
	}
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", fmt.Errorf("decode %s: %w", charset, err)
	}
	return strings.TrimPrefix(string(text), "\uFEFF"), nil
}

// guessCharset lets chardet propose and picks, among that and the encodings it
// doesn't know or mixes up, the one whose letters make up some language.
func guessCharset(data []byte) string {
	sample := data[:min(len(data), 64<<10)]
	proposed := propose(sample)
	if len(proposed) > 0 && isMultibyte(proposed[0].Charset) && proposed[0].Confidence >= 40 {
		return strings.ToLower(proposed[0].Charset)
	}
	best, bestScore := "windows-1252", -1.0
	for _, name := range candidates(proposed) {
		text, err := decodeAs(sample, name)
		if err != nil {
			continue
		}
		if score := plausibility(text); score > bestScore {
			best, bestScore = name, score
		}
	}
	return best
}

// propose returns chardet's results in a stable order; its own is random among equals.
func propose(sample []byte) []chardet.Result {
	results, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		return nil
	}
	slices.SortFunc(results, func(a, b chardet.Result) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Charset, b.Charset))
	})
	return results
}

func isMultibyte(charset string) bool {
	switch charset {
	case "Shift_JIS", "EUC-JP", "EUC-KR", "Big5", "GB-18030":
		return true
	default:
		return false
	}
}

// candidates are chardet's single-byte proposals, best first, then the encodings
// of the web it doesn't offer. The first of equally plausible ones wins.
func candidates(proposed []chardet.Result) []string {
	var names []string
	for _, result := range proposed {
		if result.Confidence >= 10 && !strings.HasPrefix(result.Charset, "UTF") && !strings.HasPrefix(result.Charset, "IBM") {
			names = append(names, strings.ToLower(result.Charset))
		}
	}
	return append(names, "windows-1252", "windows-1250", "iso-8859-2", "windows-1254", "windows-1251", "koi8-u", "ibm866",
		"windows-1253", "windows-1255", "windows-1256", "windows-874", "iso-8859-5", "iso-8859-15")
}
