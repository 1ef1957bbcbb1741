package extract

import "github.com/gabriel-vasile/mimetype"

// HeadBytes is how much of a file MediaType looks at.
const HeadBytes = 4096

// MediaType tells the media type of a file by its first bytes and, among texts,
// by its client's name. It is a guess for people; reading decides by itself.
func MediaType(head []byte, name string) string {
	kind := mimetype.Detect(head)
	if !isText(head, kind) {
		return kind.String()
	}
	switch Ext(name) {
	case ".html", ".htm", ".xhtml":
		return "text/html"
	case ".md", ".markdown":
		return "text/markdown"
	case ".csv":
		return "text/csv"
	case ".tsv", ".tab":
		return "text/tab-separated-values"
	case ".eml":
		return "message/rfc822"
	case ".txt", ".text", ".log":
		return "text/plain"
	default:
		return kind.String()
	}
}

// MediaType is that of the format; for texts of many kinds it is guessed, which
// the caller knows from before.
func (f Format) MediaType(guessed string) string {
	switch f {
	case FormatPDF:
		return "application/pdf"
	case FormatDOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case FormatHTML:
		return "text/html"
	case FormatMarkdown:
		return "text/markdown"
	default:
		return guessed
	}
}
