package csvfile

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/saintfish/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

const (
	charsetSample = 64 << 10
	minConfidence = 40 // of 100; below it chardet's guess is worse than windows-1252
)

// charset is a way to turn the bytes of a file into UTF-8.
type charset struct {
	name     string
	encoding encoding.Encoding // nil: the bytes are UTF-8 already
	skip     int64             // length of the byte order mark
}

// detectCharset looks at the byte order mark, then at whether the whole file is UTF-8, then at where a sample has zero
// bytes (UTF-16), and asks chardet last. It reads r to its end.
func detectCharset(r io.ReadSeeker) (charset, error) {
	sample, err := readSample(r)
	if err != nil {
		return charset{}, err
	}
	if found, ok := byteOrderMark(sample); ok {
		return found, nil
	}
	if found, ok := zeroBytes(sample); ok {
		return found, nil
	}
	valid, invalid, err := countUTF8(io.MultiReader(bytes.NewReader(sample), r))
	if err != nil {
		return charset{}, err
	}
	switch {
	case invalid == 0:
		return charset{name: "utf-8"}, nil
	case valid >= 10*invalid: // UTF-8 with a few broken bytes: no other charset forms so many sequences by chance
		return charset{name: "utf-8", encoding: unicode.UTF8}, nil
	default:
		return guessLegacy(sample), nil
	}
}

func readSample(r io.ReadSeeker) ([]byte, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewind file: %w", err)
	}
	sample, err := io.ReadAll(io.LimitReader(r, charsetSample))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return sample, nil
}

func byteOrderMark(sample []byte) (charset, bool) {
	for _, bom := range []struct {
		mark     string
		name     string
		encoding encoding.Encoding
	}{
		{"\xEF\xBB\xBF", "utf-8", unicode.UTF8},
		{"\xFF\xFE\x00\x00", "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
		{"\x00\x00\xFE\xFF", "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
		{"\xFF\xFE", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{"\xFE\xFF", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	} {
		if strings.HasPrefix(string(sample[:min(4, len(sample))]), bom.mark) {
			return charset{bom.name, bom.encoding, int64(len(bom.mark))}, true
		}
	}
	return charset{}, false
}

// zeroBytes recognises UTF-16 without a mark: delimiters, digits and line ends have a zero byte on one side.
func zeroBytes(sample []byte) (charset, bool) {
	var zeros [2]int
	for i, b := range sample {
		if b == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(sample) / 2
	switch {
	case pairs == 0:
		return charset{}, false
	case zeros[1] > pairs/10 && zeros[0] < zeros[1]/10:
		return charset{name: "utf-16le", encoding: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}, true
	case zeros[0] > pairs/10 && zeros[1] < zeros[0]/10:
		return charset{name: "utf-16be", encoding: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}, true
	default:
		return charset{}, false
	}
}

// countUTF8 counts the well-formed sequences of more than one byte and the bytes that belong to none.
func countUTF8(r io.Reader) (valid, invalid int, err error) {
	buf := make([]byte, 0, charsetSample)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil && err != io.EOF {
			return 0, 0, fmt.Errorf("read file: %w", err)
		}
		rest := skipASCII(buf)
		for len(rest) > 0 && (err == io.EOF || utf8.FullRune(rest)) {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				invalid++
			} else {
				valid++
			}
			rest = skipASCII(rest[size:])
		}
		if err == io.EOF {
			return valid, invalid, nil
		}
		buf = buf[:copy(buf[:cap(buf)], rest)]
	}
}

func skipASCII(text []byte) []byte {
	for i, b := range text {
		if b >= utf8.RuneSelf {
			return text[i:]
		}
	}
	return nil
}

// guessLegacy asks chardet and falls back to windows-1252, which can decode anything.
func guessLegacy(sample []byte) charset {
	fallback := charset{name: "windows-1252", encoding: charmap.Windows1252}
	guess, err := chardet.NewTextDetector().DetectBest(sample)
	if err != nil || guess.Confidence < minConfidence {
		return fallback
	}
	name := strings.ToLower(guess.Charset)
	if name == "iso-8859-1" || strings.HasPrefix(name, "utf") {
		return fallback
	}
	found, err := htmlindex.Get(name)
	if err != nil {
		return fallback
	}
	return charset{name: name, encoding: found}
}

// decode returns the text of r, which stands behind the byte order mark, as UTF-8.
func (c charset) decode(r io.Reader) io.Reader {
	if c.encoding == nil {
		return r
	}
	return transform.NewReader(r, c.encoding.NewDecoder())
}
