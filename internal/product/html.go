package product

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var hasMarkup = regexp.MustCompile(`(?i)</?[a-z][^<>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]\w+);`)

// plainText turns the HTML that shops keep in descriptions into text. A text without tags or entities stays as it is.
func plainText(text string) string {
	if !strings.ContainsAny(text, "<&") || !hasMarkup.MatchString(text) {
		return strings.TrimSpace(text)
	}
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(text))
	skipping := atom.Atom(0) // inside an element that shows no text
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end: a reader of a string has no other error
			return tidyLines(b.String())
		case html.TextToken:
			if skipping == 0 {
				b.Write(tokens.Text())
			}
		case html.StartTagToken:
			if tag := tagOf(tokens); tag == atom.Script || tag == atom.Style {
				skipping = tag
			} else {
				b.WriteString(separator(tag))
			}
		case html.SelfClosingTagToken:
			b.WriteString(separator(tagOf(tokens)))
		case html.EndTagToken:
			tag := tagOf(tokens)
			if tag == skipping {
				skipping = 0
			}
			b.WriteString(separator(tag))
		case html.CommentToken, html.DoctypeToken: // not for readers
		}
	}
}

func tagOf(tokens *html.Tokenizer) atom.Atom {
	name, _ := tokens.TagName()
	return atom.Lookup(name)
}

// separator is what parts the text before a tag from the text behind it.
func separator(tag atom.Atom) string {
	switch tag {
	case atom.A, atom.Abbr, atom.B, atom.Code, atom.Em, atom.Font, atom.I, atom.Mark, atom.S, atom.Small, atom.Span, atom.Strong,
		atom.Sub, atom.Sup, atom.U:
		return ""
	case atom.Td, atom.Th:
		return " "
	default:
		return "\n"
	}
}

// tidyLines collapses blanks and drops empty lines.
func tidyLines(text string) string {
	lines := strings.Split(text, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
