// Package csvfile reads CSV files as people have them: any common charset, delimiter and line end, title lines above the
// header, stray quotes. It guesses the dialect from the beginning of the file, says what it guessed, and then streams
// the records within fixed limits. The product import calls it.
package csvfile

import "fmt"

// Limits of a file. They bound memory, not size: files are streamed.
const (
	MaxRecordBytes = 1 << 20
	MaxColumns     = 500
	MaxRows        = 2_000_000

	MaxHeadingLength = 200 // characters; longer headings are cut
)

// Dialect is how a file is written.
type Dialect struct {
	Charset   string `json:"charset"`   // IANA name, as guessed
	Delimiter string `json:"delimiter"` // one character
	HeaderRow int    `json:"headerRow"` // counted from 1, as a spreadsheet shows it
}

// Record is one row of a file.
type Record struct {
	Row     int      // counted from 1, title lines, header and blank lines included, as a spreadsheet shows it
	Fields  []string // valid until the next call of Next
	Lenient bool     // it has stray quotes, which were taken literally
	HasNUL  bool     // it holds a NUL character, which no text should
}

// FormatError says why a file cannot be read as a table at all. Its text is meant for a person.
type FormatError struct{ Message string }

func (e *FormatError) Error() string { return e.Message }

func formatError(format string, args ...any) error {
	return &FormatError{Message: fmt.Sprintf(format, args...)}
}
