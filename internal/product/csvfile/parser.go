package csvfile

import "bytes"

// parser cuts text into fields after RFC 4180, and, where a file breaks it, as leniently as its mode says.
type parser struct {
	delimiter byte
	lineEnd   byte // '\n', or '\r' in files of old

	text    []byte // the fields of the last record, one after another
	ends    []int  // where each field ends in text
	lenient bool   // a quote was taken literally
}

type mode int

const (
	strict    mode = iota // a stray quote inside a quoted field is an error
	multiLine             // a quote that no delimiter or line end follows is literal
	oneLine               // as multiLine, and the record ends with its line
)

type status int

const (
	fieldEnd  status = iota
	recordEnd        // a whole record was read
	needMore         // the record goes on behind the data
	badQuote         // only in strict mode, or when a quote stays open until the end
)

// record parses one record from the beginning of data and returns how many bytes it took.
func (p *parser) record(data []byte, atEOF bool, m mode) (int, status) {
	p.text, p.ends, p.lenient = p.text[:0], p.ends[:0], false
	if m == oneLine {
		if end := bytes.IndexByte(data, p.lineEnd); end >= 0 {
			data = data[:end+1]
		}
		atEOF = true
	}
	for at := 0; ; {
		next, st := p.field(data, at, atEOF, m)
		if st != fieldEnd {
			return next, st
		}
		at = next
	}
}

func (p *parser) field(data []byte, at int, atEOF bool, m mode) (int, status) {
	if at == len(data) && !atEOF {
		return at, needMore
	}
	if at == len(data) || data[at] != '"' {
		return p.plain(data, at, atEOF)
	}
	next, st := p.quoted(data, at, atEOF, m)
	if st == badQuote && m == oneLine {
		return p.plain(data, at, atEOF)
	}
	return next, st
}

// plain reads a field without quotes around it. Quotes inside are literal.
func (p *parser) plain(data []byte, at int, atEOF bool) (int, status) {
	for i := at; i < len(data); i++ {
		switch data[i] {
		case p.delimiter:
			p.add(data[at:i])
			return i + 1, fieldEnd
		case p.lineEnd:
			p.add(bytes.TrimSuffix(data[at:i], []byte{'\r'}))
			return i + 1, recordEnd
		case '"':
			p.lenient = true
		}
	}
	if !atEOF {
		return at, needMore
	}
	p.add(bytes.TrimSuffix(data[at:], []byte{'\r'}))
	return len(data), recordEnd
}

// quoted reads a field that begins with a quote.
func (p *parser) quoted(data []byte, at int, atEOF bool, m mode) (int, status) {
	start := len(p.text)
	for from := at + 1; ; {
		quote := bytes.IndexByte(data[from:], '"')
		if quote < 0 {
			return p.unclosed(start, at, atEOF)
		}
		quote += from
		next, st := p.afterQuote(data, quote+1, atEOF)
		switch {
		case st == needMore:
			p.text = p.text[:start]
			return at, needMore
		case st != badQuote:
			p.text = append(p.text, data[from:quote]...)
			p.ends = append(p.ends, len(p.text))
			return next, st
		case data[quote+1] == '"':
			p.text = append(p.text, data[from:quote+1]...)
			from = quote + 2
		case m == strict:
			return at, badQuote
		default:
			p.lenient = true
			p.text = append(p.text, data[from:quote+1]...)
			from = quote + 1
		}
	}
}

func (p *parser) unclosed(start, at int, atEOF bool) (int, status) {
	p.text = p.text[:start]
	if atEOF {
		return at, badQuote
	}
	return at, needMore
}

// afterQuote tells what follows a quote: the end of the field or of the record (blanks between them are dropped), or
// something else, which is badQuote.
func (p *parser) afterQuote(data []byte, at int, atEOF bool) (int, status) {
	for i := at; i < len(data); i++ {
		switch data[i] {
		case p.delimiter:
			return i + 1, fieldEnd
		case p.lineEnd:
			return i + 1, recordEnd
		case ' ', '\t', '\r':
		default:
			return at, badQuote
		}
	}
	if atEOF {
		return len(data), recordEnd
	}
	return at, needMore
}

func (p *parser) add(field []byte) {
	p.text = append(p.text, field...)
	p.ends = append(p.ends, len(p.text))
}

// fields returns the last record's fields in dst.
func (p *parser) fields(dst []string) []string {
	text, start := string(p.text), 0
	dst = dst[:0]
	for _, end := range p.ends {
		dst = append(dst, text[start:end])
		start = end
	}
	return dst
}
