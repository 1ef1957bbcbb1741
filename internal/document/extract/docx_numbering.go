package extract

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

// Word allows nine levels of a list.
const listLevels = 9

// numbering counts the items of a Word document's lists (ECMA-376 part 1,
// §17.9): a list is an instance (num) of a definition (abstractNum), and
// instances of one definition go on counting unless they override the start.
type numbering struct {
	definitions map[int]*[listLevels]listLevel
	instances   map[int]listInstance
	counters    map[int]*[listLevels]int // by definition
	begun       map[int]bool             // instances seen in the text
}

type listLevel struct {
	format string // decimal, lowerLetter, …, bullet
	text   string // the mark with %1 for the number of the first level
	start  int
}

type listInstance struct {
	definition int
	starts     map[int]int // by level
}

func readNumbering(a *archive, part string) (*numbering, error) {
	n := &numbering{
		definitions: map[int]*[listLevels]listLevel{},
		instances:   map[int]listInstance{},
		counters:    map[int]*[listLevels]int{},
		begun:       map[int]bool{},
	}
	if part == "" {
		return n, nil
	}
	content, err := a.open(part)
	if err != nil {
		return nil, err
	}
	p := numberingParser{numbering: n}
	err = eachElement(newXMLReader(content, a.limits), p.visit)
	return n, errors.Join(err, content.Close())
}

// numberingParser remembers which definition or instance the present element belongs to.
type numberingParser struct {
	numbering *numbering
	levels    *[listLevels]listLevel
	instance  int
	level     int
}

func (p *numberingParser) visit(_ *xmlReader, start xml.StartElement) error {
	value := xmlAttr(start, "val")
	switch start.Name.Local {
	case "abstractNum":
		p.levels = &[listLevels]listLevel{}
		p.numbering.definitions[number(xmlAttr(start, "abstractNumId"), -1)] = p.levels
	case "num":
		p.levels, p.instance = nil, number(xmlAttr(start, "numId"), -1)
		p.numbering.instances[p.instance] = listInstance{definition: -1, starts: map[int]int{}}
	case "abstractNumId":
		instance := p.numbering.instances[p.instance]
		instance.definition = number(value, -1)
		p.numbering.instances[p.instance] = instance
	case "lvl", "lvlOverride":
		p.level = min(listLevels-1, max(0, number(xmlAttr(start, "ilvl"), 0)))
	case "startOverride":
		if instance, isKnown := p.numbering.instances[p.instance]; isKnown {
			instance.starts[p.level] = number(value, 1)
		}
	default:
		if p.levels != nil {
			p.levels[p.level].set(start.Name.Local, value)
		}
	}
	return nil
}

func (l *listLevel) set(name, value string) {
	switch name {
	case "start":
		l.start = number(value, 1)
	case "numFmt":
		l.format = value
	case "lvlText":
		l.text = value
	}
}

// mark counts one item and returns what Word shows before it, with a space
// behind; a dash stands for every bullet.
func (n *numbering) mark(id, level int) string {
	level = min(listLevels-1, max(0, level))
	instance, isKnown := n.instances[id]
	levels := n.definitions[instance.definition]
	if !isKnown || levels == nil {
		return "- "
	}
	counters := n.count(id, instance, level)
	switch levels[level].format {
	case "bullet", "":
		return "- "
	case "none":
		return ""
	}
	mark := levels[level].text
	for i := range level + 1 {
		mark = strings.ReplaceAll(mark, "%"+strconv.Itoa(i+1), levels[i].show(counters[i]))
	}
	return strings.TrimSpace(mark) + " "
}

// count moves on one level and starts those below it again.
func (n *numbering) count(id int, instance listInstance, level int) *[listLevels]int {
	levels, counters := n.definitions[instance.definition], n.counters[instance.definition]
	if counters == nil {
		counters = &[listLevels]int{}
		for i := range counters {
			counters[i] = levels[i].start - 1
		}
		n.counters[instance.definition] = counters
	}
	if !n.begun[id] {
		n.begun[id] = true
		for i, start := range instance.starts {
			counters[i] = start - 1
		}
	}
	counters[level]++
	for i := level + 1; i < listLevels; i++ {
		counters[i] = levels[i].start - 1
	}
	for i := range level {
		counters[i] = max(counters[i], levels[i].start) // an item without its parents
	}
	return counters
}

// show writes a number in the format of its level.
func (l listLevel) show(n int) string {
	switch l.format {
	case "lowerLetter":
		return letters(n, 'a')
	case "upperLetter":
		return letters(n, 'A')
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	default:
		return strconv.Itoa(n)
	}
}

// letters counts a, b, … z, aa, bb, … as Word does.
func letters(n int, from rune) string {
	if n < 1 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(from+rune((n-1)%26)), min(10, (n-1)/26+1))
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	values := []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	signs := []string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"}
	var out strings.Builder
	for i, value := range values {
		for ; n >= value; n -= value {
			out.WriteString(signs[i])
		}
	}
	return out.String()
}
