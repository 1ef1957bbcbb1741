package extract

import (
	"strings"
	"unicode/utf8"
)

// readText takes blank lines as the ends of paragraphs.
func readText(in input, s *sink) error {
	text, charset, err := decode(in.data, in.charset, "")
	if err != nil {
		return err
	}
	s.document.Charset = charset
	return paragraphs(text, func(paragraph string) error {
		return s.block(Block{Kind: textKind(paragraph), Text: paragraph})
	})
}

// readCode keeps every line as it is; blank lines end a block, so that long
// files can be cut where their authors paused.
func readCode(in input, s *sink) error {
	text, charset, err := decode(in.data, in.charset, "")
	if err != nil {
		return err
	}
	s.document.Charset = charset
	return paragraphs(text, func(paragraph string) error {
		return s.block(Block{Kind: KindCode, Text: paragraph})
	})
}

// paragraphs calls yield with each run of lines between blank ones.
func paragraphs(text string, yield func(string) error) error {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	start, end := 0, 0 // of the paragraph so far
	for line := range strings.Lines(text) {
		next := end + len(line)
		if strings.TrimSpace(line) != "" {
			end = next
			continue
		}
		if err := yieldText(text[start:end], yield); err != nil {
			return err
		}
		start, end = next, next
	}
	return yieldText(text[start:end], yield)
}

func yieldText(text string, yield func(string) error) error {
	if text == "" {
		return nil
	}
	return yield(text)
}

// textKind sees lists by their marks: every line begins with one.
func textKind(paragraph string) Kind {
	for line := range strings.Lines(paragraph) {
		if !isListItem(strings.TrimSpace(line)) {
			return KindParagraph
		}
	}
	return KindList
}

// isBullet reports a mark that stands before items of a list.
func isBullet(mark string) bool {
	return utf8.RuneCountInString(mark) == 1 && strings.ContainsAny(mark, "-*+•‣◦▪▫●○■□–·➢✓")
}

// isListItem reports whether a line begins with a bullet, or a number or a
// letter with a point or a bracket.
func isListItem(line string) bool {
	mark, rest, isMarked := strings.Cut(line, " ")
	if !isMarked || strings.TrimSpace(rest) == "" {
		return false
	}
	if isBullet(mark) {
		return true
	}
	number := strings.TrimPrefix(mark, "(")
	bare := strings.TrimRight(number, ".)")
	if bare == number || bare == "" || len(bare) > 3 {
		return false
	}
	return strings.Trim(bare, "0123456789") == "" || len(bare) == 1 && bare >= "a" && bare <= "z"
}
