package extract_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document/extract"
)

func newReader(s string) io.Reader { return strings.NewReader(s) }

func TestDetectGoesByContentFirst(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		name, content string
		want          extract.Format
	}{
		"page without a name":      {"", "<!DOCTYPE html><p>x", extract.FormatHTML},
		"text without a name":      {"", "plain words", extract.FormatText},
		"unknown extension":        {"a.xyz", "plain words", extract.FormatText},
		"text about PDFs":          {"a.txt", "The header is %PDF-1.7", extract.FormatText},
		"page named text":          {"a.txt", "<html><p>x", extract.FormatText},
		"markdown that opens HTML": {"a.md", "<html><p>x</p></html>", extract.FormatMarkdown},
		"upper case":               {"A.CSV", "a,b\n1,2", extract.FormatCSV},
		"source":                   {"x/y.go", "package x", extract.FormatCode},
		"PDF named text":           {"a.txt", buildPDF([][]pdfText{{{72, 700, 11, false, "Text"}}}, "", nil), extract.FormatPDF},
		"Word named zip":           {"a.zip", buildDOCX(t, p("", "text"), nil), extract.FormatDOCX},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, err := extractString(t, test.name, test.content)
			require.NoError(t, err)
			require.Equal(t, test.want, document.Format)
		})
	}
}

func TestDetectNamesWhatIsNotSupported(t *testing.T) {
	t.Parallel()
	office := func(kind string) string {
		return buildZip(t, map[string]string{"[Content_Types].xml": `<Override ContentType="application/vnd.openxmlformats-officedocument.` + kind + `.main+xml"/>`})
	}
	openDocument := func(kind string) string {
		return buildZip(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument." + kind})
	}
	const ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	cases := map[string]struct{ name, content, want string }{
		"pptx":    {"a.pptx", office("presentationml.presentation"), "PowerPoint files"},
		"xlsx":    {"a.xlsx", office("spreadsheetml.sheet"), "Excel files"},
		"odt":     {"a.odt", openDocument("text"), ".odt"},
		"ods":     {"a.ods", openDocument("spreadsheet"), ".ods"},
		"odp":     {"a.odp", openDocument("presentation"), ".odp"},
		"epub":    {"a.epub", buildZip(t, map[string]string{"mimetype": "application/epub+zip", "META-INF/container.xml": ""}), "EPUB books"},
		"zip":     {"a.zip", buildZip(t, map[string]string{"a.txt": "x"}), "Archives (zip)"},
		"rtf":     {"a.rtf", `{\rtf1 x}`, "RTF files"},
		"doc":     {"a.doc", ole, "Old Word files (.doc)"},
		"xls":     {"a.xls", ole, "Old Excel files (.xls)"},
		"ppt":     {"a.ppt", ole, "Old PowerPoint files (.ppt)"},
		"msg":     {"a.msg", ole, "Outlook messages (.msg)"},
		"ole":     {"a", ole, "Old Office files"},
		"eml":     {"a.eml", "From: a@b\n\nx", "E-mail files"},
		"svg":     {"a.svg", "<svg/>", "Pictures"},
		"png":     {"a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "Pictures"},
		"wav":     {"a.wav", "RIFF\x00\x00\x00\x00WAVEfmt ", "Sound files"},
		"gzip":    {"a.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "GZ files"},
		"unknown": {"a.bin", "\x00\x01\x02\x03\x04\x05\x06\x07\xfe\xfd", "does not know"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := extractString(t, test.name, test.content)
			requireCode(t, err, extract.CodeUnsupported)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "PDF, DOCX, HTML, Markdown and text")
		})
	}
}

func TestDetectEmptyFiles(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", " \n\t\n", "\xEF\xBB\xBF", "\x00\x00"} {
		_, err := extractString(t, "a.txt", content)
		if content == "\x00\x00" {
			requireCode(t, err, extract.CodeUnsupported)
			continue
		}
		requireCode(t, err, extract.CodeEmpty)
	}
}
