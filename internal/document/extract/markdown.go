package extract

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// readMarkdown reads the page that the Markdown stands for: authors mix HTML
// into it (tables, line breaks, details), and only rendering resolves both.
func readMarkdown(in input, s *sink) error {
	text, charset, err := decode(in.data, in.charset, "")
	if err != nil {
		return err
	}
	s.document.Charset = charset
	matter, text := frontMatter(text)
	s.document.Title = matter["title"]
	var page strings.Builder
	markdown := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList),
		goldmark.WithRendererOptions(html.WithUnsafe()), // the page is read, never shown
	)
	if err := markdown.Convert([]byte(text), &page); err != nil {
		return malformed("Markdown file", err)
	}
	if err := readHTMLText(page.String(), s); err != nil {
		return err
	}
	s.document.Lang = firstNonEmpty(matter["lang"], matter["language"])
	return nil
}

// frontMatter cuts off the YAML head that site generators put before the text
// and returns its plain "key: value" lines.
func frontMatter(text string) (map[string]string, string) {
	lines := strings.SplitAfter(text, "\n")
	if strings.TrimRight(lines[0], " \r\n") != "---" {
		return nil, text
	}
	matter, length := map[string]string{}, len(lines[0])
	for _, line := range lines[1:] {
		length += len(line)
		if end := strings.TrimRight(line, " \r\n"); end == "---" || end == "..." {
			return matter, text[length:]
		}
		key, value, isPair := strings.Cut(line, ":")
		if isPair && !strings.HasPrefix(key, " ") {
			matter[strings.ToLower(key)] = oneLine(strings.Trim(strings.TrimSpace(value), `"'`))
		}
	}
	return nil, text // never closed: a thematic break, not a head
}
