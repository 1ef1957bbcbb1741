package extract

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// docxReader reads the blocks of one part. Each method below is called after
// the start of its element and reads to that element's end; the depth limit of
// the XML reader bounds the recursion.
type docxReader struct {
	docx     *docx
	xml      *xmlReader
	emitFunc func(Block) error
}

// blocks reads paragraphs and tables in whatever containers, to the end of the
// element (isInside) or of the part.
func (d *docxReader) blocks(isInside bool) error {
	for {
		token, err := d.xml.next()
		if errors.Is(err, io.EOF) && !isInside {
			return nil
		}
		if err != nil {
			return endless(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := d.block(t); err != nil {
				return err
			}
		case xml.EndElement:
			if isInside {
				return nil
			}
		}
	}
}

func (d *docxReader) block(start xml.StartElement) error {
	switch {
	case start.Name.Local == "p":
		return d.paragraph()
	case start.Name.Local == "tbl":
		return d.table()
	case isIgnored(start):
		return d.xml.skip()
	default:
		return d.blocks(true)
	}
}

// isIgnored reports what is not part of the text: deleted and moved text, the
// copies for older readers, settings, field codes, pronunciation, and the
// lines above footnotes.
func isIgnored(start xml.StartElement) bool {
	switch start.Name.Local {
	case "del", "moveFrom", "Fallback", "instrText", "delText", "delInstrText", "sectPr", "sdtPr", "rPr", "tblPr", "trPr", "tcPr",
		"rt", "tblGrid", "ctrlPr", "posOffset", "binData":
		return true
	case "footnote", "endnote":
		kind := xmlAttr(start, "type")
		return kind != "" && kind != "normal"
	default:
		return false
	}
}

// paragraph emits its text, then the text boxes anchored in it.
func (d *docxReader) paragraph() error {
	p := docxParagraph{reader: d, style: newStyle()}
	if err := p.read(); err != nil {
		return err
	}
	if err := d.emit(p.style, p.text.String()); err != nil {
		return err
	}
	for _, b := range p.boxes {
		if err := d.emitFunc(b); err != nil {
			return err
		}
	}
	return nil
}

// emit makes a block of a paragraph by its style.
func (d *docxReader) emit(own style, text string) error {
	if text = squeeze(text); text == "" {
		return nil
	}
	s := d.docx.styles.resolve(own)
	if s.name == "title" && d.docx.titleOf {
		d.docx.sink.document.Title, d.docx.titleOf = oneLine(text), false
	}
	mark := ""
	if s.numID > 0 {
		mark = d.docx.numbering.mark(s.numID, s.level)
	}
	switch level := s.headingLevel(); {
	case level > 0:
		return d.emitFunc(Block{Kind: KindHeading, Level: level, Text: oneLine(strings.TrimPrefix(mark, "- ") + text)})
	case s.numID > 0:
		return d.emitFunc(Block{Kind: KindList, Level: max(0, s.level) + 1, Text: mark + text})
	default:
		return d.emitFunc(Block{Kind: KindParagraph, Text: text})
	}
}

// table writes one line a row and a tab between cells.
func (d *docxReader) table() error {
	var out strings.Builder
	var row []string
	err := d.each(func(start xml.StartElement) (bool, error) {
		switch {
		case start.Name.Local == "tc":
			cell, err := d.cell()
			row = append(row, cell)
			return true, err
		case isIgnored(start):
			return true, d.xml.skip()
		default:
			return false, nil
		}
	}, func(end xml.EndElement) {
		if end.Name.Local == "tr" {
			writeRow(&out, row)
			row = nil
		}
	})
	if err != nil {
		return err
	}
	return d.emitFunc(Block{Kind: KindTable, Text: out.String()})
}

// cell returns all text of a cell in one line, also of tables within it.
func (d *docxReader) cell() (string, error) {
	var texts []string
	inner := &docxReader{docx: d.docx, xml: d.xml, emitFunc: func(b Block) error {
		texts = append(texts, b.Text)
		return nil
	}}
	err := inner.blocks(true)
	return oneLine(strings.Join(texts, " ")), err
}

// each walks to the end of the present element. visit is called for every start
// and says whether it has read that element; left is called for the other ends.
func (d *docxReader) each(visit func(xml.StartElement) (bool, error), left func(xml.EndElement)) error {
	for inside := 1; inside > 0; {
		token, err := d.xml.next()
		if err != nil {
			return endless(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			isRead, err := visit(t)
			if err != nil {
				return err
			}
			if !isRead {
				inside++
			}
		case xml.EndElement:
			inside--
			left(t)
		}
	}
	return nil
}
