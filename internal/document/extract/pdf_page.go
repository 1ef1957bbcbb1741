package extract

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	// More annotations than any form has.
	maxPDFAnnotations = 1000

	// A page with a picture and fewer characters than this is a scan, perhaps with
	// a stamped page number; of the objects on it, this many are looked at.
	fewRunes      = 20
	maxPDFObjects = 100

	// PDFium marks a hyphen at the end of a line with this character.
	pdfHyphen = '\u0002'
)

// pdfPage is what one page holds.
type pdfPage struct {
	lines    []pdfLine
	notes    []string // form values and free-text annotations
	runes    int      // characters of text, without white space
	unknown  int      // of them, those without a Unicode value
	isDrawn  bool     // something stands on the page, if only lines
	isScan   bool     // a picture stands on the page and next to no text
	isBroken bool     // could not be read
}

// pdfLine is one line of text and where it stands, in points.
type pdfLine struct {
	text   string
	size   float64 // of the font as shown; 0 when unknown
	x, y   float64 // where its first character stands on the base line
	end    float64 // x of its last character
	isBold bool    // at both ends
}

// isGarbled reports a page whose fonts don't say which characters they draw.
func (p pdfPage) isGarbled() bool { return p.unknown*10 > p.runes*3 }

func (p *pdf) readPage(index int) pdfPage {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: p.document, Index: index}}
	page := pdfPage{}
	loaded, err := p.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: at})
	if err != nil {
		return pdfPage{isBroken: true}
	}
	if err := p.readLines(loaded.TextPage, &page); err != nil {
		page.isBroken = true
	}
	if _, err := p.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage}); err != nil {
		page.isBroken = true
	}
	page.notes = p.readNotes(at)
	if page.runes < fewRunes {
		p.readObjects(at, &page)
	}
	return page
}

// readObjects looks what stands on a page that has hardly any text.
func (p *pdf) readObjects(at requests.Page, page *pdfPage) {
	objects, err := p.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: at})
	if err != nil {
		return
	}
	page.isDrawn = objects.Count > 0
	for index := range min(objects.Count, maxPDFObjects) {
		object, err := p.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: at, Index: index})
		if err != nil {
			continue
		}
		kind, err := p.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object.PageObject})
		// Pictures are often wrapped in a form.
		if err == nil && (kind.Type == enums.FPDF_PAGEOBJ_IMAGE || kind.Type == enums.FPDF_PAGEOBJ_FORM) {
			page.isScan = true
			return
		}
	}
}

// readLines splits the characters of a page where PDFium saw line ends.
func (p *pdf) readLines(text references.FPDF_TEXTPAGE, page *pdfPage) error {
	count, err := p.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text})
	if err != nil {
		return err
	}
	line := pdfLineReader{pdf: p, text: text, page: page, first: -1}
	for index := range count.Count {
		char, err := p.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text, Index: index})
		if err != nil {
			return err
		}
		line.add(index, rune(char.Unicode))
	}
	line.finish()
	return nil
}

// pdfLineReader collects the characters of one line.
type pdfLineReader struct {
	pdf         *pdf
	text        references.FPDF_TEXTPAGE
	page        *pdfPage
	chars       strings.Builder
	first, last int // index of the first and last visible character; first is -1 before any
}

func (l *pdfLineReader) add(index int, r rune) {
	switch {
	case r == 0 || r == '\r':
		return
	case r == '\n':
		l.finish()
		return
	case unicode.IsSpace(r):
		l.chars.WriteByte(' ')
		return
	case r != pdfHyphen && unicode.IsControl(r):
		return
	case !utf8.ValidRune(r) || isNoncharacter(r) || unicode.Is(unicode.Co, r):
		r = unicode.ReplacementChar
	}
	if l.page.runes++; r == unicode.ReplacementChar {
		l.page.unknown++
	}
	if l.first < 0 {
		l.first = index
	}
	l.last = index
	l.chars.WriteRune(r)
	if r == pdfHyphen {
		l.finish() // PDFium goes on without a line end behind it
	}
}

// finish adds the line to its page.
func (l *pdfLineReader) finish() {
	text := strings.TrimSpace(l.chars.String())
	l.chars.Reset()
	if text == "" {
		return
	}
	line := pdfLine{text: readingForm(text)}
	line.x, line.y = l.origin(l.first)
	line.end, _ = l.origin(l.last)
	line.size = l.usualSize()
	line.isBold = l.isBold(l.first) && l.isBold(l.last)
	l.page.lines = append(l.page.lines, line)
	l.first = -1
}

func (l *pdfLineReader) origin(index int) (x, y float64) {
	at, err := l.pdf.FPDFText_GetCharOrigin(&requests.FPDFText_GetCharOrigin{TextPage: l.text, Index: index})
	if err != nil {
		return 0, 0
	}
	return at.X, at.Y
}

// usualSize is the median of three places: a bullet at the start or a raised
// mark at the end has its own.
func (l *pdfLineReader) usualSize() float64 {
	sizes := []float64{l.size(l.first), l.size((l.first + l.last) / 2), l.size(l.last)}
	slices.Sort(sizes)
	return sizes[1]
}

// isBold goes by the name of the font: its stated weight is rarely set.
func (l *pdfLineReader) isBold(index int) bool {
	font, err := l.pdf.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: l.text, Index: index})
	if err != nil {
		return false
	}
	name := strings.ToLower(font.FontName)
	return strings.Contains(name, "bold") || strings.Contains(name, "black") || strings.Contains(name, "heavy")
}

// size is the font size times what the text matrix enlarges it by.
func (l *pdfLineReader) size(index int) float64 {
	font, err := l.pdf.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: l.text, Index: index})
	if err != nil {
		return 0
	}
	matrix, err := l.pdf.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: l.text, Index: index})
	if err != nil {
		return font.FontSize
	}
	size := font.FontSize * math.Hypot(float64(matrix.Matrix.C), float64(matrix.Matrix.D))
	return math.Round(size*2) / 2
}

// readNotes returns what people wrote onto the page: values of form fields and
// free-text annotations. They are not part of the page's text.
func (p *pdf) readNotes(at requests.Page) []string {
	count, err := p.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: at})
	if err != nil {
		return nil
	}
	var notes []string
	for index := range min(count.Count, maxPDFAnnotations) {
		annotation, err := p.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: at, Index: index})
		if err != nil {
			continue
		}
		if note := p.note(annotation.Annotation); note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
		_, _ = p.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: annotation.Annotation})
	}
	return notes
}

func (p *pdf) note(annotation references.FPDF_ANNOTATION) string {
	kind, err := p.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: annotation})
	if err != nil {
		return ""
	}
	switch kind.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_FREETEXT:
		return p.annotationText(annotation, "Contents")
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		if p.annotationText(annotation, "FT") == "Btn" {
			return ""
		}
		return p.annotationText(annotation, "V")
	default:
		return ""
	}
}

func (p *pdf) annotationText(annotation references.FPDF_ANNOTATION, key string) string {
	value, err := p.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: annotation, Key: key})
	if err != nil {
		return ""
	}
	return strings.TrimSpace(value.Value)
}
