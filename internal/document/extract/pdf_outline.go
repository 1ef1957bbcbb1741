package extract

import (
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	maxPDFBookmarks     = 10_000 // also ends outlines that run in a circle
	maxPDFBookmarkDepth = 6
)

// pdfHeading is one entry of the outline.
type pdfHeading struct {
	key   string // the title, letters and digits only
	level int
}

// outline returns the bookmarks by the page they lead to, counted from 1.
func (p *pdf) outline() map[int][]pdfHeading {
	headings, left := map[int][]pdfHeading{}, maxPDFBookmarks
	p.bookmarks(nil, 1, &left, headings)
	return headings
}

func (p *pdf) bookmarks(parent *references.FPDF_BOOKMARK, level int, left *int, headings map[int][]pdfHeading) {
	first, err := p.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: p.document, Bookmark: parent})
	if err != nil || level > maxPDFBookmarkDepth {
		return
	}
	for bookmark := first.Bookmark; bookmark != nil && *left > 0; *left-- {
		p.bookmark(*bookmark, level, headings)
		p.bookmarks(bookmark, level+1, left, headings)
		next, err := p.FPDFBookmark_GetNextSibling(&requests.FPDFBookmark_GetNextSibling{Document: p.document, Bookmark: *bookmark})
		if err != nil {
			return
		}
		bookmark = next.Bookmark
	}
}

// bookmark records one entry when it has a title and a page.
func (p *pdf) bookmark(bookmark references.FPDF_BOOKMARK, level int, headings map[int][]pdfHeading) {
	title, err := p.FPDFBookmark_GetTitle(&requests.FPDFBookmark_GetTitle{Bookmark: bookmark})
	if err != nil || titleKey(title.Title) == "" {
		return
	}
	dest, err := p.destination(bookmark)
	if err != nil || dest == nil {
		return
	}
	page, err := p.FPDFDest_GetDestPageIndex(&requests.FPDFDest_GetDestPageIndex{Document: p.document, Dest: *dest})
	if err != nil || page.Index < 0 {
		return
	}
	headings[page.Index+1] = append(headings[page.Index+1], pdfHeading{key: titleKey(title.Title), level: level})
}

// destination is where a bookmark leads, itself or by its action.
func (p *pdf) destination(bookmark references.FPDF_BOOKMARK) (*references.FPDF_DEST, error) {
	direct, err := p.FPDFBookmark_GetDest(&requests.FPDFBookmark_GetDest{Document: p.document, Bookmark: bookmark})
	if err == nil && direct.Dest != nil {
		return direct.Dest, nil
	}
	action, err := p.FPDFBookmark_GetAction(&requests.FPDFBookmark_GetAction{Bookmark: bookmark})
	if err != nil || action.Action == nil {
		return nil, err
	}
	dest, err := p.FPDFAction_GetDest(&requests.FPDFAction_GetDest{Document: p.document, Action: *action.Action})
	if err != nil {
		return nil, err
	}
	return dest.Dest, nil
}

// titleKey compares titles of the outline with lines of the page.
func titleKey(title string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, readingForm(title))
}

// applyOutline makes headings of the blocks that the outline names, which is
// what the author said and overrules what font sizes suggest.
func applyOutline(blocks []pdfBlock, outline map[int][]pdfHeading) []pdfBlock {
	var out []pdfBlock
	for _, b := range blocks {
		out = append(out, splitHeading(b, outline[b.page])...)
	}
	return out
}

// splitHeading parts a block whose first lines are a title of the outline.
func splitHeading(b pdfBlock, headings []pdfHeading) []pdfBlock {
	for n := range min(maxHeadingLines, len(b.lines)) {
		head, rest := b, pdfBlock{}
		if n+1 < len(b.lines) {
			head, rest = b.split(n + 1)
		}
		level := headingLevel(titleKey(head.text()), headings)
		if level == 0 {
			continue
		}
		head.level = level
		if len(rest.lines) == 0 {
			return []pdfBlock{head}
		}
		rest.level = 0
		return []pdfBlock{head, rest}
	}
	return []pdfBlock{b}
}

// headingLevel finds a line among the titles, with or without a number before it.
func headingLevel(key string, headings []pdfHeading) int {
	for _, h := range headings {
		if key == h.key || key != "" && strings.TrimLeft(key, "0123456789") == h.key {
			return h.level
		}
	}
	return 0
}
