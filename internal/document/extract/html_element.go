package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// isSkipped reports elements that a reader of the page does not see as its text.
func (w *htmlWalker) isSkipped(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Iframe, atom.Canvas, atom.Object,
		atom.Audio, atom.Video, atom.Datalist, atom.Link, atom.Meta, atom.Noframes:
		return true
	case atom.Nav:
		return !w.keepsMenus
	default:
		return isHidden(n)
	}
}

func isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch {
		case a.Key == "hidden" && a.Val != "until-found":
			return true
		case a.Key == "style" && strings.Contains(strings.ReplaceAll(strings.ToLower(a.Val), " ", ""), "display:none"):
			return true
		}
	}
	return false
}

// isInline reports elements that stand within a line of text. All others, also
// unknown ones without a name in the standard, end it, except custom elements,
// which are inline until styled.
func isInline(a atom.Atom) bool {
	switch a {
	case 0, atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Br, atom.Button, atom.Cite, atom.Code,
		atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Img, atom.Input, atom.Ins, atom.Kbd, atom.Label,
		atom.Mark, atom.Math, atom.Meter, atom.Nobr, atom.Output, atom.Progress, atom.Q, atom.Rp, atom.Rt, atom.Ruby,
		atom.S, atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.Tt,
		atom.U, atom.Var, atom.Wbr:
		return true
	default:
		return false
	}
}

// inputText is what a form field shows.
func inputText(n *html.Node) string {
	switch strings.ToLower(attr(n, "type")) {
	case "hidden", "password", "checkbox", "radio", "file", "image":
		return ""
	default:
		return " " + attr(n, "value") + " "
	}
}

// textOf is all text below a node, as it stands. The parser bounds the depth.
func textOf(n *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			out.WriteString(n.Data)
		case n.DataAtom == atom.Br:
			out.WriteByte('\n')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return out.String()
}

// isLayout reports a table that arranges a page instead of holding data: it
// says so, or it holds another table or a text of paragraphs, without header cells.
func isLayout(table *html.Node) bool {
	if role := attr(table, "role"); role == "presentation" || role == "none" {
		return true
	}
	return !contains(table, atom.Th) && (contains(table, atom.Table) || len(textOf(table)) > 1000*countOf(table, atom.Tr))
}

func contains(n *html.Node, a atom.Atom) bool { return countOf(n, a) > 0 }

// countOf counts the elements of one name below a node.
func countOf(n *html.Node, a atom.Atom) int {
	count := 0
	for d := range n.Descendants() {
		if d.DataAtom == a {
			count++
		}
	}
	return count
}

func firstNonEmpty(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
