package extract

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// readDOCX reads the main part of a Word document, then what stands beside it:
// footnotes, endnotes, comments, headers and footers. Parts are found by their
// relationships (ECMA-376 part 2, §9), as their names are up to the producer.
func readDOCX(in input, s *sink) error {
	a, err := openArchive(in.data, s.limits)
	if err != nil {
		return err
	}
	parts, err := openDOCXParts(a)
	if err != nil {
		return err
	}
	if err := parts.properties(s); err != nil {
		return err
	}
	doc := &docx{archive: a, sink: s, titleOf: s.document.Title == ""}
	if doc.styles, err = readStyles(a, parts.first("styles")); err != nil {
		return err
	}
	if doc.numbering, err = readNumbering(a, parts.first("numbering")); err != nil {
		return err
	}
	s.document.Lang = doc.styles.lang
	if err := doc.part(parts.main, s.block); err != nil {
		return err
	}
	return doc.besides(parts)
}

// docx is one Word document being read.
type docx struct {
	archive   *archive
	sink      *sink
	styles    styles
	numbering *numbering
	titleOf   bool // no title yet: take it from the paragraph in the style Title
}

// part reads the blocks of one part.
func (d *docx) part(name string, emitFunc func(Block) error) error {
	content, err := d.archive.open(name)
	if err != nil {
		return err
	}
	reader := &docxReader{docx: d, xml: newXMLReader(content, d.sink.limits), emitFunc: emitFunc}
	err = reader.blocks(false)
	return errors.Join(err, content.Close())
}

// besides reads the parts around the text. Headers and footers repeat in every
// section; each text is kept once.
func (d *docx) besides(parts docxParts) error {
	for _, kind := range []string{"footnotes", "endnotes", "comments"} {
		if name := parts.first(kind); name != "" {
			if err := d.part(name, d.sink.block); err != nil {
				return err
			}
		}
	}
	seen := map[string]bool{}
	once := func(b Block) error {
		if seen[b.Text] {
			return nil
		}
		seen[b.Text] = true
		b.Kind, b.Level = KindParagraph, 0
		return d.sink.block(b)
	}
	for _, kind := range []string{"header", "footer"} {
		for _, name := range parts.targets[kind] {
			if err := d.part(name, once); err != nil {
				return err
			}
		}
	}
	return nil
}

// docxParts are the names of the parts, by the last word of their relationship's type.
type docxParts struct {
	archive *archive
	main    string
	core    string
	targets map[string][]string
}

func openDOCXParts(a *archive) (docxParts, error) {
	roots, err := relationships(a, "_rels/.rels", "")
	if err != nil {
		return docxParts{}, err
	}
	main := first(roots["officedocument"])
	if main == "" {
		main = "word/document.xml"
	}
	dir, file := path.Split(main)
	targets, err := relationships(a, dir+"_rels/"+file+".rels", dir)
	if err != nil {
		return docxParts{}, err
	}
	return docxParts{archive: a, main: main, core: first(roots["core-properties"]), targets: targets}, nil
}

func (p docxParts) first(kind string) string { return first(p.targets[kind]) }

// properties takes the title from the document's own properties.
func (p docxParts) properties(s *sink) error {
	if p.core == "" {
		return nil
	}
	content, err := p.archive.open(p.core)
	if err != nil {
		return err
	}
	err = eachElement(newXMLReader(content, s.limits), func(x *xmlReader, start xml.StartElement) error {
		if start.Name.Local != "title" {
			return nil
		}
		title, err := x.text()
		s.document.Title = oneLine(title)
		return err
	})
	return errors.Join(err, content.Close())
}

// relationships returns the internal targets that exist, by kind.
func relationships(a *archive, name, base string) (map[string][]string, error) {
	targets := map[string][]string{}
	if !a.has(name) {
		return targets, nil
	}
	content, err := a.open(name)
	if err != nil {
		return nil, err
	}
	err = eachElement(newXMLReader(content, a.limits), func(_ *xmlReader, start xml.StartElement) error {
		target := strings.ReplaceAll(xmlAttr(start, "Target"), `\`, "/")
		if start.Name.Local != "Relationship" || strings.EqualFold(xmlAttr(start, "TargetMode"), "External") || target == "" {
			return nil
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(base, target)
		}
		if kind := strings.ToLower(path.Base(xmlAttr(start, "Type"))); a.has(target) {
			targets[kind] = append(targets[kind], strings.TrimPrefix(target, "/"))
		}
		return nil
	})
	return targets, errors.Join(err, content.Close())
}

// eachElement calls visit for every start; visit may read on to that element's end.
func eachElement(x *xmlReader, visit func(*xmlReader, xml.StartElement) error) error {
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, isStart := token.(xml.StartElement); isStart {
			if err := visit(x, start); err != nil {
				return err
			}
		}
	}
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
