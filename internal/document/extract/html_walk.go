package extract

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlWalker collects the text of a line until an element ends it.
type htmlWalker struct {
	sink       *sink
	keepsMenus bool
	run        strings.Builder // the text since the last block
	role       htmlRole
	lists      []htmlList // around the present place
}

// htmlRole is what the next block will be.
type htmlRole struct {
	kind  Kind
	level int
	mark  string // before the first line of a list item
}

// htmlList is one open list.
type htmlList struct {
	isOrdered bool
	next      int
}

func newHTMLWalker(s *sink) *htmlWalker {
	return &htmlWalker{sink: s, role: htmlRole{kind: KindParagraph}}
}

func (w *htmlWalker) page(root *html.Node) error {
	return w.block(root, w.role)
}

func (w *htmlWalker) children(n *html.Node) error {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := w.node(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *htmlWalker) node(n *html.Node) error {
	switch n.Type {
	case html.TextNode:
		// The source's own line ends mean a space; br is what breaks a line.
		w.run.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(n.Data))
		return nil
	case html.ElementNode:
		return w.element(n)
	default:
		return nil
	}
}

func (w *htmlWalker) element(n *html.Node) error {
	if w.isSkipped(n) {
		return nil
	}
	switch n.DataAtom {
	case atom.Title:
		w.sink.document.Title = firstNonEmpty(w.sink.document.Title, oneLine(textOf(n)))
		return nil
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return w.heading(n)
	case atom.Br:
		w.run.WriteByte('\n')
		return nil
	case atom.Img:
		w.run.WriteString(" " + attr(n, "alt") + " ")
		return nil
	case atom.Input:
		w.run.WriteString(inputText(n))
		return nil
	case atom.Pre, atom.Textarea, atom.Listing, atom.Xmp:
		return w.preformatted(n)
	case atom.Table:
		return w.table(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		return w.list(n)
	case atom.Li:
		return w.block(n, htmlRole{kind: KindList, level: max(1, len(w.lists)), mark: w.mark()})
	default:
		if isInline(n.DataAtom) {
			return w.children(n)
		}
		return w.block(n, w.role)
	}
}

// block collects what stands in one element, apart from the text around it.
func (w *htmlWalker) block(n *html.Node, role htmlRole) error {
	if err := w.flush(); err != nil {
		return err
	}
	outer := w.role
	w.role = role
	if err := w.children(n); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	if outer.mark == role.mark {
		outer.mark = w.role.mark // spent inside, by a paragraph within a list item
	}
	w.role = outer
	return nil
}

// flush passes the collected text on.
func (w *htmlWalker) flush() error {
	text := squeeze(w.run.String())
	w.run.Reset()
	if text == "" {
		return nil
	}
	block := Block{Kind: w.role.kind, Level: w.role.level, Text: w.role.mark + text}
	w.role.mark = ""
	return w.sink.block(block)
}

func (w *htmlWalker) heading(n *html.Node) error {
	if err := w.flush(); err != nil {
		return err
	}
	var text strings.Builder
	w.cellText(n, &text)
	level, _ := strconv.Atoi(n.Data[1:]) // the caller matched h1 to h6
	return w.sink.block(Block{Kind: KindHeading, Level: level, Text: oneLine(text.String())})
}

func (w *htmlWalker) preformatted(n *html.Node) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.sink.block(Block{Kind: KindCode, Text: textOf(n)})
}

func (w *htmlWalker) list(n *html.Node) error {
	if err := w.flush(); err != nil {
		return err
	}
	start, err := strconv.Atoi(attr(n, "start"))
	if err != nil {
		start = 1
	}
	w.lists = append(w.lists, htmlList{isOrdered: n.DataAtom == atom.Ol, next: start})
	err = w.block(n, w.role)
	w.lists = w.lists[:len(w.lists)-1]
	return err
}

func (w *htmlWalker) mark() string {
	if len(w.lists) == 0 || !w.lists[len(w.lists)-1].isOrdered {
		return "- "
	}
	list := &w.lists[len(w.lists)-1]
	list.next++
	return fmt.Sprintf("%d. ", list.next-1)
}

// table emits a caption, then the rows. A table for layout is walked like a page.
func (w *htmlWalker) table(n *html.Node) error {
	if isLayout(n) {
		return w.block(n, w.role)
	}
	if err := w.flush(); err != nil {
		return err
	}
	var out strings.Builder
	if err := w.rows(n, &out); err != nil {
		return err
	}
	return w.sink.block(Block{Kind: KindTable, Text: out.String()})
}

func (w *htmlWalker) rows(n *html.Node, out *strings.Builder) error {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if w.isSkipped(c) {
			continue
		}
		switch c.DataAtom {
		case atom.Caption:
			if err := w.block(c, htmlRole{kind: KindParagraph}); err != nil {
				return err
			}
		case atom.Tr:
			writeRow(out, w.cells(c))
		default:
			if err := w.rows(c, out); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *htmlWalker) cells(row *html.Node) []string {
	var cells []string
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		var text strings.Builder
		w.cellText(c, &text)
		cells = append(cells, text.String())
	}
	return cells
}

// cellText is the text of a cell with a space wherever an element breaks lines.
func (w *htmlWalker) cellText(n *html.Node, out *strings.Builder) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			out.WriteString(c.Data)
		case c.Type != html.ElementNode || w.isSkipped(c):
		case c.DataAtom == atom.Img:
			out.WriteString(" " + attr(c, "alt") + " ")
		case isInline(c.DataAtom) && c.DataAtom != atom.Br:
			w.cellText(c, out)
		default:
			out.WriteByte(' ')
			w.cellText(c, out)
			out.WriteByte(' ')
		}
	}
}
