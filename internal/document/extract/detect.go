package extract

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// input is the file as its reader gets it.
type input struct {
	data    []byte
	ext     string // of the client's file name: lower case, with its dot; may be empty
	charset string // stated by the client; empty to detect
}

// Ext returns the part of a client's file name that detection uses.
func Ext(name string) string {
	ext := strings.ToLower(filepath.Ext(name))
	if len(ext) > 16 || strings.ContainsAny(ext, "\x00/\\ ") {
		return ""
	}
	return ext
}

// detect tells what a file is: the first bytes decide between the binary
// formats and text, the contents of an archive what it is, and the name only
// which kind of text. What can't be read is an error that names it.
func detect(in input) (Format, error) {
	switch {
	case len(in.data) == 0:
		return "", &Error{Code: CodeEmpty, Message: "The file is empty (0 bytes)."}
	case isPDF(in):
		return FormatPDF, nil
	case bytes.HasPrefix(in.data, []byte("PK\x03\x04")), bytes.HasPrefix(in.data, []byte("PK\x05\x06")):
		return detectArchive(in)
	case bytes.HasPrefix(in.data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return "", detectOLE(in)
	case bytes.HasPrefix(in.data, []byte(`{\rtf`)):
		return "", unsupported("RTF files")
	}
	if holds, isBinary := binaryExts()[in.ext]; isBinary {
		return "", misnamed(in.ext, holds)
	}
	if kind := mimetype.Detect(in.data); !isText(in.data, kind) {
		return "", unsupportedMIME(kind)
	}
	return detectText(in)
}

// isPDF follows the readers in use: the header may stand anywhere in the first
// kilobyte, except in a file that says it is text about PDFs.
func isPDF(in input) bool {
	at := bytes.Index(in.data[:min(len(in.data), 1024)], []byte("%PDF-"))
	return at == 0 || at > 0 && (in.ext == ".pdf" || bytes.IndexByte(in.data[:min(len(in.data), 4096)], 0) >= 0)
}

// binaryExts are the names that promise a container; any text under such a
// name is an error page, a pointer to the file, or the wrong file.
func binaryExts() map[string]string {
	return map[string]string{
		".pdf": "a PDF", ".docx": "a Word document", ".docm": "a Word document", ".doc": "a Word document",
		".xlsx": "a workbook", ".xls": "a workbook", ".pptx": "a presentation", ".ppt": "a presentation",
		".odt": "an OpenDocument file", ".ods": "an OpenDocument file", ".odp": "an OpenDocument file",
		".epub": "a book", ".zip": "an archive",
	}
}

// isText reports whether the bytes are text of some encoding.
func isText(data []byte, kind *mimetype.MIME) bool {
	switch {
	case kind.Is("application/octet-stream"):
		return wideCharset(data) != ""
	case kind.Is("application/pdf"):
		return true // isPDF knows better: the text mentions one
	}
	for ; kind != nil; kind = kind.Parent() {
		if kind.Is("text/plain") {
			return true
		}
	}
	return false
}

// unsupportedMIME names a binary format in the words of people.
func unsupportedMIME(kind *mimetype.MIME) error {
	family, _, _ := strings.Cut(kind.String(), "/")
	switch {
	case family == "image":
		return unsupported("Pictures")
	case family == "audio":
		return unsupported("Sound files")
	case family == "video":
		return unsupported("Videos")
	case family == "font":
		return unsupported("Fonts")
	case kind.Is("application/octet-stream"):
		return &Error{Code: CodeUnsupported, Message: "The file is in a format that Taskwire does not know. " + supported}
	default:
		return unsupported(strings.ToUpper(strings.TrimPrefix(kind.Extension(), ".")) + " files")
	}
}

// detectText goes by the name, then by how the text begins.
func detectText(in input) (Format, error) {
	switch in.ext {
	case ".html", ".htm", ".xhtml", ".xht":
		return FormatHTML, nil
	case ".md", ".markdown", ".mdown", ".mkd", ".mdx":
		return FormatMarkdown, nil
	case ".csv", ".tsv", ".tab":
		return FormatCSV, nil
	case ".eml", ".mbox", ".mht", ".mhtml":
		return "", unsupported("E-mail files")
	case ".svg":
		return "", unsupported("Pictures")
	case ".txt", ".text", ".log":
		return FormatText, nil
	}
	if slices.Contains(codeExts(), in.ext) {
		return FormatCode, nil
	}
	if mimetype.Detect(in.data).Is("text/html") {
		return FormatHTML, nil
	}
	return FormatText, nil
}

// codeExts are the names of text whose line breaks and indentation matter.
func codeExts() []string {
	return []string{
		".bash", ".bat", ".c", ".cc", ".cfg", ".clj", ".conf", ".cpp", ".cs", ".css", ".cxx", ".dart", ".diff", ".ex", ".exs",
		".go", ".gradle", ".graphql", ".graphqls", ".groovy", ".h", ".hpp", ".hs", ".ini", ".ipynb", ".java", ".js", ".json",
		".jsonl", ".jsx", ".kt", ".less", ".lua", ".m", ".mjs", ".ml", ".ndjson", ".patch", ".php", ".pl", ".proto", ".ps1",
		".py", ".r", ".rb", ".rs", ".scala", ".scss", ".sh", ".sql", ".swift", ".tf", ".toml", ".ts", ".tsx", ".vue", ".xml",
		".xsd", ".xsl", ".xslt", ".yaml", ".yml", ".zig",
	}
}

// detectOLE tells the old binary Office formats apart by name, and protected
// new ones by the stream they keep their content in.
func detectOLE(in input) error {
	if bytes.Contains(in.data, utf16le("EncryptedPackage")) {
		return encrypted("document")
	}
	switch in.ext {
	case ".doc", ".dot":
		return unsupported("Old Word files (.doc)")
	case ".xls", ".xlt":
		return unsupported("Old Excel files (.xls)")
	case ".ppt", ".pps":
		return unsupported("Old PowerPoint files (.ppt)")
	case ".msg":
		return unsupported("Outlook messages (.msg)")
	default:
		return unsupported("Old Office files (before 2007)")
	}
}

func utf16le(s string) []byte {
	wide := make([]byte, 0, 2*len(s))
	for _, c := range []byte(s) {
		wide = append(wide, c, 0)
	}
	return wide
}
