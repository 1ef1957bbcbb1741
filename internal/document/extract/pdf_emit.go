package extract

import (
	"fmt"
	"strings"
)

// emit passes on the blocks of all pages and says what is missing.
func (p *pdf) emit() error {
	var blocks []pdfBlock
	var scanned, broken []int
	isDrawn := false
	for i, page := range p.pages {
		isDrawn = isDrawn || page.isDrawn
		switch {
		case page.isGarbled():
			scanned = append(scanned, i+1)
			page.lines = nil
		case page.isScan:
			scanned = append(scanned, i+1)
		case page.isBroken:
			broken = append(broken, i+1)
		}
		blocks = append(blocks, layout(page, i+1)...)
	}
	p.pages = nil
	if len(blocks) == 0 {
		return p.noText(len(broken), isDrawn)
	}
	p.warn(scanned, broken)
	rankHeadings(blocks)
	if outline := p.outline(); len(outline) > 0 {
		blocks = applyOutline(blocks, outline)
	}
	for _, b := range blocks {
		if err := p.sink.block(b.block()); err != nil {
			return err
		}
	}
	return nil
}

// noText says why a PDF gave nothing.
func (p *pdf) noText(broken int, isDrawn bool) error {
	switch {
	case broken > 0:
		return malformed("PDF", fmt.Errorf("%d pages could not be read", broken))
	case isDrawn:
		return needsOCR()
	default:
		return empty("PDF")
	}
}

func (p *pdf) warn(scanned, broken []int) {
	if len(scanned) > 0 {
		p.sink.warn(fmt.Sprintf("%s only pictures or unreadable fonts; run text recognition (OCR) to include their text.", pageList(scanned, "holds", "hold")))
	}
	if len(broken) > 0 {
		p.sink.warn(fmt.Sprintf("%s damaged; some of their text is missing.", pageList(broken, "is", "are")))
	}
}

// pageList writes page numbers as a person would: "Pages 3–5 and 9 hold".
func pageList(pages []int, one, many string) string {
	if len(pages) == 1 {
		return fmt.Sprintf("Page %d %s", pages[0], one)
	}
	var ranges []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		if j == i {
			ranges = append(ranges, fmt.Sprint(pages[i]))
		} else {
			ranges = append(ranges, fmt.Sprintf("%d–%d", pages[i], pages[j]))
		}
		i = j + 1
	}
	const shown = 10
	if len(ranges) > shown {
		ranges = append(ranges[:shown], "others")
	}
	last := len(ranges) - 1
	if last == 0 {
		return fmt.Sprintf("Pages %s %s", ranges[0], many)
	}
	return fmt.Sprintf("Pages %s and %s %s", strings.Join(ranges[:last], ", "), ranges[last], many)
}

func (b pdfBlock) block() Block {
	text := b.text()
	switch {
	case b.level > 0:
		return Block{Kind: KindHeading, Level: b.level, Text: oneLine(text), Page: b.page}
	case isListItem(b.lines[0].text):
		return Block{Kind: KindList, Level: 1, Text: text, Page: b.page}
	default:
		return Block{Kind: KindParagraph, Text: text, Page: b.page}
	}
}
