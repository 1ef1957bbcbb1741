// Package extract turns an uploaded file into plain text with its structure:
// title, headings, paragraphs, lists, tables, code, and the page each stands on.
//
// Files come from strangers, and a parser that runs out of memory or stack
// takes its whole process with it. So an Extractor runs every file in a child
// process of the same binary (RunChild), without environment, with a time and
// a memory limit, and reads the result as a stream of JSON values.
// The document package calls it while it processes a document.
package extract

import (
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Version names the rules of this package. It is stored with each document, so
// that documents read by older rules can be found and read again.
const Version = "extract-1"

// Format is what a file was read as.
type Format string

// The formats that can be read.
const (
	FormatPDF      Format = "pdf"
	FormatDOCX     Format = "docx"
	FormatHTML     Format = "html"
	FormatMarkdown Format = "markdown"
	FormatText     Format = "text"
	FormatCSV      Format = "csv"
	FormatCode     Format = "code"
)

// Kind is the role of a block in its document.
type Kind string

// The kinds of blocks.
const (
	KindHeading   Kind = "heading"
	KindParagraph Kind = "paragraph"
	KindList      Kind = "list"
	KindTable     Kind = "table"
	KindCode      Kind = "code"
)

// Block is one piece of a document in reading order.
type Block struct {
	Kind Kind `json:"kind"`

	// Level is the depth: 1 to 6 for a heading, 1 and up for a list item.
	Level int `json:"level,omitempty"`

	// Text is valid UTF-8 in NFC, without control characters but line feed and
	// tab, trimmed and never empty. A table has one line a row and a tab
	// between cells; its first row is its header.
	Text string `json:"text"`

	// Page counts from 1; 0 means that the format has no pages.
	Page int `json:"page,omitempty"`
}

// Document is what one file holds.
type Document struct {
	Format Format `json:"format"`
	Title  string `json:"title,omitempty"` // empty when the file names none

	// Lang is the BCP 47 tag the file gives itself, empty when it gives none.
	Lang string `json:"lang,omitempty"`

	// Charset is what the bytes were decoded from; only text formats have it.
	Charset string `json:"charset,omitempty"`

	Pages int `json:"pages,omitempty"` // 0 when the format has none

	// Warnings say, each in a sentence, what could not be read.
	Warnings []string `json:"warnings,omitempty"`

	Blocks []Block `json:"-"`
}

// Limits bound what one file may cost. A zero field is unlimited.
type Limits struct {
	InputBytes        int64 `json:"input_bytes"`        // the file itself
	EntryBytes        int64 `json:"entry_bytes"`        // one entry of an archive, unpacked
	UncompressedBytes int64 `json:"uncompressed_bytes"` // all entries of an archive that are read
	Entries           int   `json:"entries"`            // in an archive
	Pages             int   `json:"pages"`
	TextRunes         int   `json:"text_runes"` // of all blocks
	Depth             int   `json:"depth"`      // of nested elements
}

// DefaultLimits allow ordinary large documents and refuse bombs.
func DefaultLimits() Limits {
	return Limits{
		InputBytes:        100 << 20,
		EntryBytes:        64 << 20,
		UncompressedBytes: 256 << 20,
		Entries:           10_000,
		Pages:             5_000,
		TextRunes:         50_000_000,
		Depth:             256,
	}
}

// Progress tells how far the reading of a file is.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"` // pages; 0 when the format has none

	// IsPreparing means that the reader of the format is being compiled, once
	// for each machine.
	IsPreparing bool `json:"-"`
}

// sink takes what a reader of one format finds. It holds the text limit.
type sink struct {
	limits   Limits
	document Document
	emitFunc func(Block) error
	progress func(Progress)
	prepare  func(isPreparing bool)
	runes    int
	blocks   int
	heading  string // the first block if it is a heading, or else the first of level 1
}

// block passes one block on, cleaned; one without text is dropped.
func (s *sink) block(b Block) error {
	b.Text = clean(b.Text, b.Kind)
	if b.Text == "" {
		return nil
	}
	s.runes += utf8.RuneCountInString(b.Text)
	if s.limits.TextRunes > 0 && s.runes > s.limits.TextRunes {
		return tooMuchText(s.limits.TextRunes)
	}
	if s.heading == "" && b.Kind == KindHeading && (s.blocks == 0 || b.Level == 1) {
		s.heading = b.Text
	}
	s.blocks++
	return s.emitFunc(b)
}

// finish gives the document the best title there is.
func (s *sink) finish() {
	if s.document.Title == "" || isFileName(s.document.Title) {
		s.document.Title = s.heading
	}
}

// warn adds a sentence about something that could not be read.
func (s *sink) warn(sentence string) {
	s.document.Warnings = append(s.document.Warnings, sentence)
}

// isFileName reports titles that a program took from the name of its file.
func isFileName(title string) bool {
	switch strings.ToLower(filepath.Ext(title)) {
	case ".ai", ".cdr", ".doc", ".docm", ".docx", ".dot", ".dotx", ".dvi", ".htm", ".html", ".indd", ".md", ".odp", ".ods", ".odt", ".p65",
		".pages", ".pdf", ".pmd", ".ppt", ".pptx", ".ps", ".pub", ".qxd", ".rtf", ".tex", ".txt", ".wpd", ".xls", ".xlsx":
		return true
	default:
		return false
	}
}
