package extract

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

// styles are the paragraph styles of a Word document, by id.
type styles struct {
	byID map[string]style
	lang string
}

// style is what one paragraph style says about structure; -1 is unset.
type style struct {
	name    string // lower case
	basedOn string
	outline int // 0 is the top level
	numID   int
	level   int // of the list
}

func newStyle() style { return style{outline: -1, numID: -1, level: -1} }

func readStyles(a *archive, part string) (styles, error) {
	all := styles{byID: map[string]style{}}
	if part == "" {
		return all, nil
	}
	content, err := a.open(part)
	if err != nil {
		return styles{}, err
	}
	id, current := "", newStyle()
	err = eachElement(newXMLReader(content, a.limits), func(_ *xmlReader, start xml.StartElement) error {
		switch start.Name.Local {
		case "style":
			id, current = xmlAttr(start, "styleId"), newStyle()
		case "lang":
			if id == "" {
				all.lang = xmlAttr(start, "val")
			}
		default:
			current.set(start)
		}
		if id != "" {
			all.byID[id] = current
		}
		return nil
	})
	return all, errors.Join(err, content.Close())
}

// set takes one property element, of a style or of a paragraph itself.
func (s *style) set(start xml.StartElement) {
	value := xmlAttr(start, "val")
	switch start.Name.Local {
	case "name":
		s.name = strings.ToLower(value)
	case "basedOn", "pStyle":
		s.basedOn = value
	case "outlineLvl":
		s.outline = number(value, -1)
	case "numId":
		s.numID = number(value, -1)
	case "ilvl":
		s.level = number(value, -1)
	}
}

func number(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}

// resolve fills what s leaves open from the styles it is based on.
func (all styles) resolve(s style) style {
	resolved := s
	for range 20 { // longer chains are cycles
		base, isKnown := all.byID[s.basedOn]
		if !isKnown {
			break
		}
		if resolved.name == "" || !isStructural(resolved.name) {
			resolved.name = base.name
		}
		if resolved.outline < 0 {
			resolved.outline = base.outline
		}
		if resolved.numID < 0 {
			resolved.numID = base.numID
		}
		if resolved.level < 0 {
			resolved.level = base.level
		}
		s = base
	}
	return resolved
}

// isStructural reports the built-in names that say what a paragraph is. Word
// keeps them in English in the file, whatever its own language.
func isStructural(name string) bool {
	return name == "title" || strings.HasPrefix(name, "heading ")
}

// headingLevel is 1 to 6, or 0 for a paragraph that is no heading.
func (s style) headingLevel() int {
	if s.name == "title" {
		return 1
	}
	if digits, isHeading := strings.CutPrefix(s.name, "heading "); isHeading {
		return min(6, max(0, number(digits, 0)))
	}
	if s.outline >= 0 && s.outline < 9 {
		return min(6, s.outline+1)
	}
	return 0
}
