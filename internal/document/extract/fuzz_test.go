package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FuzzRead feeds every reader but the PDF one, which is fuzzed upstream and
// takes too long to start. Whatever the bytes, a reader must end, keep what a
// Block promises, and explain an error.
func FuzzRead(f *testing.F) {
	f.Add(".html", "<p>a<table><tr><td>b</table><li>c")
	f.Add(".md", "# a\n- b\n\n|c|d|\n|-|-|\n")
	f.Add(".csv", "a;\"b\nc\";d\n")
	f.Add(".txt", "caf\xe9\n\n- x\n- y")
	f.Add(".go", "package x\n\n\tvar y\n")
	f.Fuzz(func(t *testing.T, ext, content string) {
		if strings.Contains(content[:min(len(content), 1024)], "%PDF-") {
			t.Skip()
		}
		s := &sink{limits: DefaultLimits(), progress: func(Progress) {}, prepare: func(bool) {}, emitFunc: func(b Block) error {
			checkBlock(t, b)
			return nil
		}}
		err := read(context.Background(), request{Ext: ext, Limits: DefaultLimits()}, strings.NewReader(content), s)
		if known := (*Error)(nil); err != nil && !errors.As(err, &known) {
			t.Fatalf("error without an explanation: %v", err)
		}
	})
}

// FuzzDOCX puts arbitrary XML into a Word document.
func FuzzDOCX(f *testing.F) {
	f.Add("<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:styles/>", "<w:numbering/>")
	f.Fuzz(func(t *testing.T, body, styles, numbering string) {
		data := zipOf(t, map[string]string{
			"word/document.xml":            body,
			"word/_rels/document.xml.rels": `<Relationship Type="styles" Target="s.xml"/><Relationship Type="numbering" Target="n.xml"/>`,
			"word/s.xml":                   styles,
			"word/n.xml":                   numbering,
		})
		s := &sink{limits: DefaultLimits(), emitFunc: func(b Block) error {
			checkBlock(t, b)
			return nil
		}}
		err := readDOCX(input{data: data}, s)
		if known := (*Error)(nil); err != nil && !errors.As(err, &known) {
			t.Fatalf("error without an explanation: %v", err)
		}
	})
}

func checkBlock(t *testing.T, b Block) {
	t.Helper()
	switch {
	case strings.TrimSpace(b.Text) == "":
		t.Fatalf("empty block %+v", b)
	case !utf8.ValidString(b.Text) || !norm.NFC.IsNormalString(b.Text):
		t.Fatalf("text is not normalised: %q", b.Text)
	case strings.ContainsAny(b.Text, "\x00\r\v\f\u00a0"):
		t.Fatalf("text has characters that plain text has not: %q", b.Text)
	case b.Kind == KindHeading && (b.Level < 1 || b.Level > 6 || strings.Contains(b.Text, "\n")):
		t.Fatalf("heading is no heading: %+v", b)
	}
}

func zipOf(t *testing.T, entries map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range entries {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
