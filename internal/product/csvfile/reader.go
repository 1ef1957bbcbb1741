package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
)

const (
	bufferBytes      = 256 << 10
	dialectSample    = 64 << 10
	headerSearchRows = 20
)

// Reader streams the records below the header of a file.
type Reader struct {
	parser  parser
	text    io.Reader // UTF-8
	read    atomic.Int64
	dialect Dialect
	header  []string
	width   int // fields of the header row, nameless ones included; until it is known, of most rows

	buf        []byte
	start, end int // the unparsed part of buf
	atEOF      bool

	row     int      // of the last record
	waiting []Record // records that were read ahead
	fields  []string
}

// Open guesses the dialect of a file and finds its header: the first of the top rows with the most names that knownFunc
// knows, else the first row that is as wide as most. Errors: *FormatError, or r's.
func Open(r io.ReadSeeker, knownFunc func(row []string) int) (*Reader, error) {
	found, err := detectCharset(r)
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(found.skip, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewind file: %w", err)
	}
	reader := &Reader{buf: make([]byte, bufferBytes)}
	reader.text = found.decode(&counter{r, &reader.read})
	reader.read.Store(found.skip)
	if err := reader.fillSample(); err != nil {
		return nil, err
	}
	sample := reader.buf[:min(reader.end, dialectSample)]
	if 100*bytes.Count(sample, []byte{0}) > len(sample) { // binary files have many; a stray one spoils its row only
		return nil, formatError("This is not a text file. Save the table as CSV and upload it again.")
	}
	reader.parser.lineEnd = detectLineEnd(sample)
	reader.parser.delimiter, reader.width = detectDelimiter(sample, reader.atEOF && len(sample) == reader.end, reader.parser.lineEnd, knownFunc)
	if err := reader.findHeader(knownFunc); err != nil {
		return nil, err
	}
	reader.dialect.Charset, reader.dialect.Delimiter = found.name, string(rune(reader.parser.delimiter))
	return reader, nil
}

// fillSample reads until the sample is full or the file ends.
func (r *Reader) fillSample() error {
	for r.end < dialectSample && !r.atEOF {
		if err := r.fill(); err != nil {
			return err
		}
	}
	return nil
}

// findHeader reads the top rows, takes one as the header and keeps those below it.
func (r *Reader) findHeader(knownFunc func([]string) int) error {
	var top []Record
	columns := map[int]int{}
	for len(top) < headerSearchRows {
		record, err := r.parseNext()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		record.Fields = slices.Clone(record.Fields)
		top = append(top, record)
		columns[len(record.Fields)]++
	}
	if len(top) == 0 {
		return formatError("The file is empty.")
	}
	at := headerIndex(top, columns, knownFunc)
	r.header, r.width, r.dialect.HeaderRow = trimCells(top[at].Fields), len(top[at].Fields), top[at].Row
	r.waiting = top[at+1:]
	if len(r.header) > MaxColumns {
		return formatError("The file has %d columns; at most %d are allowed.", len(r.header), MaxColumns)
	}
	return nil
}

func headerIndex(top []Record, columns map[int]int, knownFunc func([]string) int) int {
	best, bestKnown := -1, 0
	for i, record := range top {
		if known := knownFunc(record.Fields); known > bestKnown {
			best, bestKnown = i, known
		}
	}
	if best >= 0 {
		return best
	}
	usual, _ := usualColumns(columns)
	return max(0, slices.IndexFunc(top, func(record Record) bool { return len(record.Fields) == usual }))
}

// trimCells drops blanks around the names and nameless columns at the end, and makes every name one that can be stored.
func trimCells(cells []string) []string {
	trimmed := make([]string, len(cells))
	for i, cell := range cells {
		name := []rune(strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "")))
		trimmed[i] = string(name[:min(len(name), MaxHeadingLength)])
	}
	for len(trimmed) > 1 && trimmed[len(trimmed)-1] == "" {
		trimmed = trimmed[:len(trimmed)-1]
	}
	return trimmed
}

// BytesRead is how much of the file was read so far; the reader is ahead of the records by its buffer. It may be called
// from any goroutine.
func (r *Reader) BytesRead() int64 { return r.read.Load() }

// Dialect is what Open guessed.
func (r *Reader) Dialect() Dialect { return r.dialect }

// Header is the names of the columns, without blanks around them.
func (r *Reader) Header() []string { return r.header }

// Peek returns the records that Next is going to return, at most n and about 1 MB of them.
func (r *Reader) Peek(n int) ([]Record, error) {
	size := 0
	for _, record := range r.waiting {
		size += len(strings.Join(record.Fields, ""))
	}
	for len(r.waiting) < n && size < MaxRecordBytes {
		record, err := r.parseNext()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		record.Fields = slices.Clone(record.Fields)
		r.waiting = append(r.waiting, record)
		size += len(r.parser.text)
	}
	return r.waiting[:min(n, len(r.waiting))], nil
}

// Next returns the next record that is not blank, and io.EOF behind the last. Errors: *FormatError when a limit is
// exceeded, or the file's own.
func (r *Reader) Next() (Record, error) {
	if len(r.waiting) > 0 {
		record := r.waiting[0]
		r.waiting = r.waiting[1:]
		return record, nil
	}
	return r.parseNext()
}

func (r *Reader) parseNext() (Record, error) {
	for {
		n, err := r.parse()
		if err != nil {
			return Record{}, err
		}
		r.row++
		if r.row > MaxRows {
			return Record{}, formatError("The file has more than %d rows. Split it and import the parts.", MaxRows)
		}
		raw := r.buf[r.start : r.start+n]
		r.start += n
		if len(bytes.TrimSpace(r.parser.text)) == 0 {
			continue
		}
		r.fields = r.parser.fields(r.fields)
		return Record{Row: r.row, Fields: r.fields, Lenient: r.parser.lenient, HasNUL: bytes.IndexByte(raw, 0) >= 0}, nil
	}
}

// parse parses one record at the beginning of the buffer, reading more as needed, and returns its length.
func (r *Reader) parse() (int, error) {
	for {
		data := r.buf[r.start:r.end]
		if len(data) == 0 && r.atEOF {
			return 0, io.EOF
		}
		n, st := r.parser.record(data, r.atEOF, strict)
		switch {
		case st == recordEnd:
			return n, nil
		case st == badQuote || len(data) >= MaxRecordBytes:
			return r.parseLeniently(data)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// parseLeniently reads a record whose quotes are wrong: with line breaks inside if it then is as wide as the header, else
// as one line.
func (r *Reader) parseLeniently(data []byte) (int, error) {
	if r.width > 1 {
		n, st := r.parser.record(data, r.atEOF, multiLine)
		if st == recordEnd && len(r.parser.ends) == r.width {
			r.parser.lenient = true
			return n, nil
		}
	}
	if bytes.IndexByte(data, r.parser.lineEnd) < 0 && !r.atEOF {
		return r.longLine(data)
	}
	n, _ := r.parser.record(data, r.atEOF, oneLine)
	r.parser.lenient = true
	return n, nil
}

// longLine reads on until the line ends or is too long.
func (r *Reader) longLine(data []byte) (int, error) {
	if len(data) >= MaxRecordBytes {
		return 0, formatError("Row %d is longer than 1 MB. Is this a CSV file?", r.row+1)
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	return r.parseLeniently(r.buf[r.start:r.end])
}

// fill moves the unparsed part to the front of the buffer and reads behind it.
func (r *Reader) fill() error {
	r.end = copy(r.buf, r.buf[r.start:r.end])
	r.start = 0
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	const maxEmptyReads = 100
	for range maxEmptyReads {
		n, err := r.text.Read(r.buf[r.end:])
		r.end += n
		switch {
		case err == io.EOF:
			r.atEOF = true
			return nil
		case err != nil:
			return fmt.Errorf("read file: %w", err)
		case n > 0:
			return nil
		}
	}
	return fmt.Errorf("read file: %w", io.ErrNoProgress)
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
