// Package chunk cuts a document into pieces that are embedded and found by
// themselves. It follows the structure that package extract reports: pieces end
// where sections, paragraphs and sentences end, rows of a table stay whole, and
// no two pieces overlap. Sizes come from a measurement on Chroma's evaluation
// set (1.44 MB, 472 questions): 400 tokens without overlap found most for what
// is read. The document package calls it after extraction.
package chunk

import (
	"crypto/sha256"
	"strings"

	"github.com/taskwire/taskwire/internal/document/extract"
)

// Version names the rules of this package. It is stored with each document, so
// that documents cut by older rules can be found and cut again.
const Version = "chunk-1"

// Options are sizes in estimated tokens.
type Options struct {
	TargetTokens int // pieces grow up to this
	MaxTokens    int // no piece is longer
	MinTokens    int // a shorter piece joins its neighbour of the same section, where both fit into one
}

// DefaultOptions are what measured best.
func DefaultOptions() Options { return UpTo(400) }

// UpTo returns the options for pieces of at most so many tokens, in the proportions that measured best.
func UpTo(maxTokens int) Options {
	return Options{TargetTokens: maxTokens * 7 / 8, MaxTokens: maxTokens, MinTokens: maxTokens / 10}
}

// Kind is what a chunk mostly is.
type Kind string

// The kinds of chunks.
const (
	KindText  Kind = "text"
	KindTable Kind = "table"
	KindCode  Kind = "code"
)

// Chunk is one piece of a document.
type Chunk struct {
	// Start and End count characters (Unicode code points) of the document's
	// text, End is behind the last.
	Start, End int

	// Text is that part of the document's text. A piece that begins within a
	// table has the table's header row before it.
	Text string

	// Headings are those above the piece, outermost first, without any that it
	// holds itself.
	Headings []string

	PageFrom, PageTo int // from 1; 0 when the format has no pages
	Kind             Kind
	Tokens           int // estimated, of Text
}

// EmbeddingText is what stands for the piece in search: its headings say what
// it is about where its own words don't.
func (c Chunk) EmbeddingText() string {
	if len(c.Headings) == 0 {
		return c.Text
	}
	return strings.Join(c.Headings, " > ") + "\n" + c.Text
}

// Sum is the SHA-256 of EmbeddingText: equal sums have equal vectors.
func (c Chunk) Sum() [sha256.Size]byte { return sha256.Sum256([]byte(c.EmbeddingText())) }

// Split returns the text of a document and its pieces in order. Every character
// of the text but white space is in exactly one piece. The same blocks and
// options always give the same pieces.
func Split(blocks []extract.Block, options Options) (text string, chunks []Chunk) {
	text, placed := layOut(blocks)
	p := &packer{text: text, options: options}
	s := splitter{text: text, options: options, emitFunc: p.add}
	for _, block := range placed {
		s.block(block)
	}
	p.finish()
	return text, p.chunks()
}
