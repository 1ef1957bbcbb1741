package chunk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/internal/document/chunk"
	"github.com/taskwire/taskwire/internal/document/extract"
)

func heading(level int, text string) extract.Block {
	return extract.Block{Kind: extract.KindHeading, Level: level, Text: text}
}

func paragraph(text string) extract.Block {
	return extract.Block{Kind: extract.KindParagraph, Text: text}
}

// wordy is a paragraph of n sentences of eleven tokens.
func wordy(n int) string {
	return strings.TrimSpace(strings.Repeat("This sentence has its eight quite short words. ", n))
}

func texts(chunks []chunk.Chunk) []string {
	var all []string
	for _, c := range chunks {
		all = append(all, c.Text)
	}
	return all
}

func TestSplitKeepsShortDocumentsWhole(t *testing.T) {
	t.Parallel()
	text, chunks := chunk.Split([]extract.Block{
		{Kind: extract.KindParagraph, Text: "One.", Page: 1},
		{Kind: extract.KindList, Text: "- a", Page: 1},
		{Kind: extract.KindList, Text: "- b", Page: 2},
	}, chunk.DefaultOptions())
	require.Equal(t, "One.\n\n- a\n- b", text)
	require.Equal(t, []chunk.Chunk{{
		Start: 0, End: 13, Text: text, Headings: []string{}, PageFrom: 1, PageTo: 2, Kind: chunk.KindText, Tokens: chunk.Tokens(text),
	}}, chunks)
}

func TestSplitParsSectionsAndTellsTheirHeadings(t *testing.T) {
	t.Parallel()
	_, chunks := chunk.Split([]extract.Block{
		heading(1, "Guide"),
		heading(2, "Start"),
		paragraph("Short."),
		heading(3, "Detail"),
		paragraph(wordy(6)),
		heading(3, "More"),
		paragraph("Short, too."),
		heading(2, "End"),
		paragraph("The end."),
	}, chunk.DefaultOptions())
	require.Equal(t, []string{
		"Guide\n\nStart\n\nShort.\n\nDetail\n\n" + wordy(6) + "\n\nMore\n\nShort, too.",
		"End\n\nThe end.",
	}, texts(chunks), "a short section of level 3 joins its neighbour, one of level 2 never")
	require.Empty(t, chunks[0].Headings)
	require.Equal(t, []string{"Guide"}, chunks[1].Headings)
	require.Equal(t, "Guide\nEnd\n\nThe end.", chunks[1].EmbeddingText())
}

func TestSplitLongSectionsAtSentences(t *testing.T) {
	t.Parallel()
	options := chunk.Options{TargetTokens: 50, MaxTokens: 60, MinTokens: 10}
	_, chunks := chunk.Split([]extract.Block{heading(2, "Title"), paragraph(wordy(12))}, options)
	require.Greater(t, len(chunks), 2)
	require.Empty(t, chunks[0].Headings)
	for _, c := range chunks[1:] {
		require.Equal(t, []string{"Title"}, c.Headings)
		require.True(t, strings.HasSuffix(c.Text, "words."), c.Text)
		require.True(t, strings.HasPrefix(c.Text, "This"), c.Text)
	}
}

func TestSplitRepeatsTheHeaderOfATable(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("item %d\t%d", i, i*100))
	}
	table := extract.Block{Kind: extract.KindTable, Text: "Name\tPrice\n" + strings.Join(rows, "\n")}
	_, chunks := chunk.Split([]extract.Block{table}, chunk.Options{TargetTokens: 100, MaxTokens: 110, MinTokens: 10})
	require.Greater(t, len(chunks), 2)
	var found []string
	for _, c := range chunks {
		lines := strings.Split(c.Text, "\n")
		require.Equal(t, "Name\tPrice", lines[0])
		require.Equal(t, chunk.KindTable, c.Kind)
		require.LessOrEqual(t, c.Tokens, 110)
		found = append(found, lines[1:]...)
	}
	require.Equal(t, rows, found)
}

func TestSplitKeepsCodeWhole(t *testing.T) {
	t.Parallel()
	code := extract.Block{Kind: extract.KindCode, Text: strings.TrimSpace(strings.Repeat("\tif ready {\n\t\trun()\n\t}\n", 12))}
	_, chunks := chunk.Split([]extract.Block{paragraph(wordy(8)), code, paragraph(wordy(8))}, chunk.DefaultOptions())
	require.Equal(t, []string{wordy(8), code.Text, wordy(8)}, texts(chunks))
	require.Equal(t, chunk.KindCode, chunks[1].Kind)
}

func TestSplitDoesNotTakeAnAbbreviationForAnEnd(t *testing.T) {
	t.Parallel()
	_, chunks := chunk.Split([]extract.Block{paragraph(strings.TrimSpace(strings.Repeat("Ask Dr. A. Smith et al. In time. ", 20)))},
		chunk.Options{TargetTokens: 30, MaxTokens: 40, MinTokens: 2})
	for _, c := range chunks {
		require.True(t, strings.HasPrefix(c.Text, "Ask"), c.Text)
	}
}

func TestSplitOfNothing(t *testing.T) {
	t.Parallel()
	text, chunks := chunk.Split(nil, chunk.DefaultOptions())
	require.Empty(t, text)
	require.Empty(t, chunks)
}

// drawBlocks makes documents of all kinds of blocks, with words that are too
// long, scripts without spaces, and tables and code with long lines.
func drawBlocks(t *rapid.T) []extract.Block {
	word := rapid.OneOf(
		rapid.StringMatching(`[a-z]{1,9}`),
		rapid.StringMatching(`[A-Z][a-z]{1,3}\.`),
		rapid.SampledFrom([]string{"Dr.", "e.g.", "1.5", "日本語。", "слово", "ก็", "e\u0301\u0301", "😀", strings.Repeat("x", 300), strings.Repeat("語", 90)}),
	)
	line := rapid.Map(rapid.SliceOfN(word, 1, 40), func(words []string) string { return strings.Join(words, " ") })
	lines := rapid.Map(rapid.SliceOfN(line, 1, 8), func(lines []string) string { return strings.Join(lines, "\n") })
	row := rapid.Map(rapid.SliceOfN(word, 1, 6), func(cells []string) string { return strings.Join(cells, "\t") })
	table := rapid.Map(rapid.SliceOfN(row, 1, 30), func(rows []string) string { return strings.Join(rows, "\n") })
	page := 1
	block := rapid.Custom(func(t *rapid.T) extract.Block {
		b := extract.Block{Kind: rapid.SampledFrom([]extract.Kind{
			extract.KindHeading, extract.KindParagraph, extract.KindList, extract.KindTable, extract.KindCode,
		}).Draw(t, "kind"), Page: page}
		switch b.Kind {
		case extract.KindHeading:
			b.Level, b.Text = rapid.IntRange(1, 6).Draw(t, "level"), line.Draw(t, "heading")
		case extract.KindTable:
			b.Text = table.Draw(t, "table")
		default:
			b.Text = lines.Draw(t, "lines")
		}
		page += rapid.IntRange(0, 1).Draw(t, "turn")
		return b
	})
	return rapid.SliceOfN(block, 0, 25).Draw(t, "blocks")
}

func TestSplitHoldsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		blocks := drawBlocks(t)
		options := rapid.SampledFrom([]chunk.Options{
			chunk.DefaultOptions(), {TargetTokens: 40, MaxTokens: 50, MinTokens: 5}, {TargetTokens: 20, MaxTokens: 20, MinTokens: 20},
		}).Draw(t, "options")
		text, chunks := chunk.Split(blocks, options)
		for _, b := range blocks {
			require.Contains(t, text, b.Text)
		}
		runes, at, page := []rune(text), 0, 0
		for _, c := range chunks {
			require.LessOrEqual(t, at, c.Start, "in order, no overlap")
			require.Less(t, c.Start, c.End)
			require.Empty(t, strings.TrimSpace(string(runes[at:c.Start])), "nothing is left out")
			part := string(runes[c.Start:c.End])
			require.Equal(t, strings.TrimSpace(part), part)
			if header, isContinued := strings.CutSuffix(c.Text, "\n"+part); isContinued {
				require.True(t, slices.ContainsFunc(blocks, func(b extract.Block) bool {
					return b.Kind == extract.KindTable && strings.HasPrefix(b.Text, header+"\n")
				}), c.Text)
			} else {
				require.Equal(t, part, c.Text)
			}
			require.LessOrEqual(t, c.Tokens, options.MaxTokens)
			require.Equal(t, chunk.Tokens(c.Text), c.Tokens)
			require.True(t, utf8.ValidString(c.Text))
			require.LessOrEqual(t, c.PageFrom, c.PageTo)
			require.LessOrEqual(t, page, c.PageFrom)
			at, page = c.End, c.PageFrom
		}
		require.Empty(t, strings.TrimSpace(string(runes[at:])), "nothing is left out at the end")
		again, same := chunk.Split(slices.Clone(blocks), options)
		require.Equal(t, text, again)
		require.Equal(t, chunks, same, "the same every time")
	})
}

func TestTokensAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		require.LessOrEqual(t, chunk.Tokens(a+b), chunk.Tokens(a)+chunk.Tokens(b))
		if strings.IndexFunc(a, func(r rune) bool { return !unicode.IsSpace(r) && r > ' ' }) >= 0 {
			require.Positive(t, chunk.Tokens(a))
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	blocks := make([]extract.Block, 0, 1000)
	size := 0
	for i := range cap(blocks) {
		blocks = append(blocks, paragraph(wordy(i%60+1)))
		size += len(blocks[i].Text)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		chunk.Split(blocks, chunk.DefaultOptions())
	}
}
