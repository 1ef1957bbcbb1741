package extract_test

import (
	"archive/zip"
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pdfText is one piece of text on a page of a test PDF.
type pdfText struct {
	x, y, size int
	bold       bool
	text       string
}

// buildPDF writes a PDF 1.4 file, a page for each list of texts; nil makes a
// page with a picture instead. title and outline (titles, leading to the page
// of their index) may be empty.
func buildPDF(pages [][]pdfText, title string, outline []string) string {
	b := pdfBuilder{objects: map[int]string{}}
	catalog, tree, info := b.reserve(), b.reserve(), b.reserve()
	regular, bold := b.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"), b.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>")
	image := b.add("<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream")
	var kids []string
	for _, texts := range pages {
		content := b.stream(pageContent(texts))
		kids = append(kids, fmt.Sprintf("%d 0 R", b.add(fmt.Sprintf(
			"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 %d 0 R /F2 %d 0 R >> /XObject << /I %d 0 R >> >> >>",
			tree, content, regular, bold, image))))
	}
	outlines := b.outline(kids, outline)
	b.objects[catalog] = fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (en-GB) %s >>", tree, outlines)
	b.objects[tree] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(kids))
	b.objects[info] = fmt.Sprintf("<< /Title (%s) >>", title)
	return b.write(fmt.Sprintf("/Root %d 0 R /Info %d 0 R", catalog, info))
}

func pageContent(texts []pdfText) string {
	if texts == nil {
		return "q 500 0 0 700 50 50 cm /I Do Q"
	}
	var content strings.Builder
	for _, t := range texts {
		font := "F1"
		if t.bold {
			font = "F2"
		}
		fmt.Fprintf(&content, "BT /%s %d Tf %d %d Td (%s) Tj ET\n", font, t.size, t.x, t.y, t.text)
	}
	return content.String()
}

// pdfBuilder numbers objects from 1.
type pdfBuilder struct{ objects map[int]string }

func (b *pdfBuilder) reserve() int { return b.add("") }

func (b *pdfBuilder) add(object string) int {
	b.objects[len(b.objects)+1] = object
	return len(b.objects)
}

func (b *pdfBuilder) stream(content string) int {
	return b.add(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
}

func (b *pdfBuilder) outline(pages, titles []string) string {
	if len(titles) == 0 {
		return ""
	}
	root, first := b.reserve(), len(b.objects)+1
	for i, title := range titles {
		next := ""
		if i+1 < len(titles) {
			next = fmt.Sprintf("/Next %d 0 R", first+i+1)
		}
		b.add(fmt.Sprintf("<< /Title (%s) /Parent %d 0 R /Dest [%s /Fit] %s >>", title, root, pages[i], next))
	}
	b.objects[root] = fmt.Sprintf("<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>", first, first+len(titles)-1, len(titles))
	return fmt.Sprintf("/Outlines %d 0 R", root)
}

func (b *pdfBuilder) write(trailer string) string {
	var out strings.Builder
	out.WriteString("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, len(b.objects)+1)
	for n := 1; n <= len(b.objects); n++ {
		offsets[n] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n, b.objects[n])
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets))
	for _, offset := range offsets[1:] {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n", len(offsets), trailer, start)
	return out.String()
}

// lockedPDF asks for the user password "secret" (PDF 1.4, standard handler,
// revision 2: §3.5.2 of the PDF reference). Only the check of the password is
// real, which is as far as a reader without it comes.
func lockedPDF(t *testing.T) string {
	t.Helper()
	const padding = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"
	password := ("secret" + padding)[:32]
	encrypt := func(key []byte, text string) string {
		cipher, err := rc4.NewCipher(key[:5])
		require.NoError(t, err)
		out := make([]byte, len(text))
		cipher.XORKeyStream(out, []byte(text))
		return string(out)
	}
	ownerKey := md5.Sum([]byte(password))
	owner := encrypt(ownerKey[:], password)
	key := md5.Sum([]byte(password + owner + "\xFC\xFF\xFF\xFF" + "0123456789abcdef"))
	user := encrypt(key[:], padding)
	b := pdfBuilder{objects: map[int]string{}}
	tree := b.reserve()
	catalog := b.add(fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R >>", tree))
	page := b.add(fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>", tree))
	b.objects[tree] = fmt.Sprintf("<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", page)
	return b.write(fmt.Sprintf("/Root %d 0 R /ID [<%x> <%x>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%x> /U <%x> >>",
		catalog, "0123456789abcdef", "0123456789abcdef", owner, user))
}

// buildZip writes an archive.
func buildZip(t *testing.T, entries map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range entries {
		entry, err := w.Create(name)
		require.NoError(t, err)
		_, err = entry.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.String()
}

const docxTypes = `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

// buildDOCX writes a Word document with the given body; more holds further
// entries, which may replace the ones made here.
func buildDOCX(t *testing.T, body string, more map[string]string) string {
	t.Helper()
	entries := map[string]string{
		"[Content_Types].xml": docxTypes,
		"_rels/.rels":         relsXML("officeDocument", "word/document.xml"),
		"word/document.xml":   `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w"><w:body>` + body + `</w:body></w:document>`,
	}
	for name, content := range more {
		entries[name] = content
	}
	return buildZip(t, entries)
}

// relsXML relates pairs of a type's last word and a target.
func relsXML(pairs ...string) string {
	var out strings.Builder
	out.WriteString("<Relationships>")
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&out, `<Relationship Id="r%d" Type="http://schemas.example/relationships/%s" Target="%s"/>`, i, pairs[i], pairs[i+1])
	}
	return out.String() + "</Relationships>"
}
