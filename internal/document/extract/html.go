package extract

import (
	"errors"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// declaredCharset finds the character set that a page states in a meta element
// or in its XML declaration.
var declaredCharset = regexp.MustCompile(`(?is)<(?:meta\s[^>]*?\bcharset|\?xml\s[^>]*?\bencoding)\s*=\s*["']?\s*([a-z0-9][a-z0-9_.:-]*)`)

// readHTML walks the parsed page. Menus are left out, unless there is nothing else.
func readHTML(in input, s *sink) error {
	declared := ""
	if match := declaredCharset.FindSubmatch(in.data[:min(len(in.data), 64<<10)]); match != nil {
		declared = string(match[1])
	}
	text, name, err := decode(in.data, in.charset, declared)
	if err != nil {
		return err
	}
	s.document.Charset = name
	return readHTMLText(text, s)
}

func readHTMLText(text string, s *sink) error {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return readHTMLTokens(text, s)
	}
	s.document.Lang = rootLang(root)
	w := newHTMLWalker(s)
	if err := w.page(root); err != nil || s.blocks > 0 {
		return err
	}
	w.keepsMenus = true
	return w.page(root)
}

func rootLang(root *html.Node) string {
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		if n.DataAtom == atom.Html {
			return attr(n, "lang")
		}
	}
	return ""
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, name) {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// readHTMLTokens is for pages nested deeper than the parser allows: the text
// between the tags, a paragraph for each run of it.
func readHTMLTokens(text string, s *sink) error {
	tokens := html.NewTokenizer(strings.NewReader(text))
	var run strings.Builder
	hidden := ""
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				return malformed("HTML file", err)
			}
			return s.block(Block{Kind: KindParagraph, Text: oneLine(run.String())})
		case html.TextToken:
			if hidden == "" {
				run.Write(tokens.Text())
			}
		case html.StartTagToken, html.EndTagToken:
			name, _ := tokens.TagName()
			tag := string(name)
			hidden = hiddenTag(hidden, tag, kind)
			if isInline(atom.Lookup(name)) {
				continue
			}
			if err := s.block(Block{Kind: KindParagraph, Text: oneLine(run.String())}); err != nil {
				return err
			}
			run.Reset()
		default: // comments and the like
		}
	}
}

// hiddenTag follows script, style and title, whose text is none of the page.
func hiddenTag(hidden, tag string, kind html.TokenType) string {
	switch {
	case hidden == tag && kind == html.EndTagToken:
		return ""
	case hidden == "" && kind == html.StartTagToken && (tag == "script" || tag == "style" || tag == "title"):
		return tag
	default:
		return hidden
	}
}
