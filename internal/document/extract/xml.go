package extract

import (
	"encoding/xml"
	"errors"
	"io"
)

// xmlReader streams one part of an Office file: local names only, as Strict
// files use other namespaces, entities left as they are, depth bounded.
type xmlReader struct {
	decoder *xml.Decoder
	limit   int
	depth   int
}

func newXMLReader(r io.Reader, limits Limits) *xmlReader {
	decoder := xml.NewDecoder(r)
	decoder.Strict = false
	decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		enc, err := lookup(charset)
		if err != nil {
			return nil, err
		}
		return enc.NewDecoder().Reader(input), nil
	}
	return &xmlReader{decoder: decoder, limit: limits.Depth}
}

// next returns the next start, end or text; io.EOF after the last.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		token, err := x.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			if x.depth > 0 {
				return nil, malformed("document", io.ErrUnexpectedEOF)
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, xmlFault(err)
		}
		switch token.(type) {
		case xml.StartElement:
			x.depth++
			if x.limit > 0 && x.depth > x.limit {
				return nil, tooDeep("document")
			}
			return token, nil
		case xml.EndElement:
			x.depth--
			return token, nil
		case xml.CharData:
			return token, nil
		}
	}
}

// xmlFault keeps the errors of limits and names all others.
func xmlFault(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return malformed("document", err)
}

// skip reads to the end of the element just started.
func (x *xmlReader) skip() error {
	for inside := 1; inside > 0; {
		token, err := x.next()
		if err != nil {
			return endless(err)
		}
		switch token.(type) {
		case xml.StartElement:
			inside++
		case xml.EndElement:
			inside--
		}
	}
	return nil
}

// text reads the element just started to its end and returns the text in it.
func (x *xmlReader) text() (string, error) {
	var text []byte
	for inside := 1; inside > 0; {
		token, err := x.next()
		if err != nil {
			return "", endless(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			inside++
		case xml.EndElement:
			inside--
		case xml.CharData:
			text = append(text, t...)
		}
	}
	return string(text), nil
}

// endless names an end of file inside an element.
func endless(err error) error {
	if errors.Is(err, io.EOF) {
		return malformed("document", io.ErrUnexpectedEOF)
	}
	return err
}

// xmlAttr returns an attribute by its local name.
func xmlAttr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
