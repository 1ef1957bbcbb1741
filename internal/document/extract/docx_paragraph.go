package extract

import (
	"encoding/xml"
	"strings"
)

// docxParagraph is one w:p being read.
type docxParagraph struct {
	reader *docxReader
	style  style
	text   strings.Builder
	boxes  []Block // of text boxes, which stand beside the line
}

// read walks the runs of the paragraph to its end.
func (p *docxParagraph) read() error {
	for inside := 1; inside > 0; {
		token, err := p.reader.xml.next()
		if err != nil {
			return endless(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			isRead, err := p.inline(t)
			if err != nil {
				return err
			}
			if !isRead {
				inside++
			}
		case xml.EndElement:
			inside--
		}
	}
	return nil
}

// inline takes one element of a paragraph and says whether it has read it to its end.
func (p *docxParagraph) inline(start xml.StartElement) (isRead bool, err error) {
	if isIgnored(start) {
		return true, p.reader.xml.skip()
	}
	switch start.Name.Local {
	case "pPr":
		return true, p.properties()
	case "t":
		text, err := p.reader.xml.text()
		p.text.WriteString(text)
		return true, err
	case "tab", "ptab":
		p.text.WriteByte('\t')
	case "br", "cr":
		p.text.WriteByte('\n')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "den": // formulas in one line, as people type them: a/b, x^2
		p.text.WriteByte('/')
	case "sup":
		p.text.WriteByte('^')
	case "sub":
		p.text.WriteByte('_')
	case "rad":
		p.text.WriteString("√")
	case "docPr":
		p.alt(xmlAttr(start, "descr"))
	case "txbxContent":
		return true, p.textBox()
	case "tbl":
		return true, p.reader.table()
	}
	return false, nil
}

// properties reads the style, the list and the outline level.
func (p *docxParagraph) properties() error {
	return p.reader.each(func(start xml.StartElement) (bool, error) {
		switch start.Name.Local {
		case "rPr", "sectPr", "pPrChange", "numberingChange":
			return true, p.reader.xml.skip()
		default:
			p.style.set(start)
			return false, nil
		}
	}, func(xml.EndElement) {})
}

// alt adds the description of a picture.
func (p *docxParagraph) alt(description string) {
	if description = oneLine(description); description != "" {
		p.text.WriteString(" " + description + " ")
	}
}

// textBox keeps the blocks of a text box until the paragraph is complete.
func (p *docxParagraph) textBox() error {
	inner := &docxReader{docx: p.reader.docx, xml: p.reader.xml, emitFunc: func(b Block) error {
		p.boxes = append(p.boxes, b)
		return nil
	}}
	return inner.blocks(true)
}
