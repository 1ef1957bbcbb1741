package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document/extract"
)

func TestPDFStructure(t *testing.T) {
	t.Parallel()
	file := buildPDF([][]pdfText{
		{
			{72, 780, 20, false, "Annual Report"},
			{72, 740, 11, true, "Summary"},
			{72, 725, 11, false, "The year was better than any year before it, in all"},
			{72, 711, 11, false, "regions and with every product that was on sale."},
			{72, 685, 11, false, "A second paragraph stands apart from the first one."},
			{72, 660, 11, false, "- one item"},
			{72, 646, 11, false, "- another item"},
		},
		{{72, 780, 11, false, "On the second page."}},
	}, "", nil)
	var seen []extract.Progress
	document, err := newExtractor(t, "").Extract(t.Context(), extract.Source{Content: strings.NewReader(file), Name: "report.pdf"},
		func(p extract.Progress) { seen = append(seen, p) })
	require.NoError(t, err)
	require.Equal(t, "Annual Report", document.Title)
	require.Equal(t, "en-GB", document.Lang)
	require.Equal(t, 2, document.Pages)
	require.Empty(t, document.Warnings)
	require.Equal(t, []extract.Block{
		{Kind: extract.KindHeading, Level: 1, Text: "Annual Report", Page: 1},
		{Kind: extract.KindHeading, Level: 2, Text: "Summary", Page: 1},
		{Kind: extract.KindParagraph, Text: "The year was better than any year before it, in all regions and with every product that was on sale.", Page: 1},
		{Kind: extract.KindParagraph, Text: "A second paragraph stands apart from the first one.", Page: 1},
		{Kind: extract.KindList, Level: 1, Text: "- one item", Page: 1},
		{Kind: extract.KindList, Level: 1, Text: "- another item", Page: 1},
		{Kind: extract.KindParagraph, Text: "On the second page.", Page: 2},
	}, document.Blocks)
	require.Equal(t, []extract.Progress{{Done: 0, Total: 2}, {Done: 1, Total: 2}, {Done: 2, Total: 2}}, seen)
}

func TestPDFOutlineOverrulesFonts(t *testing.T) {
	t.Parallel()
	file := buildPDF([][]pdfText{
		{{72, 780, 11, false, "1. Scope"}, {72, 750, 11, false, "What it covers."}},
		{{72, 780, 11, false, "Terms"}, {72, 750, 11, false, "What words mean."}},
	}, "Contract of Sale", []string{"Scope", "Terms"})
	document, err := extractString(t, "a.pdf", file)
	require.NoError(t, err)
	require.Equal(t, "Contract of Sale", document.Title)
	require.Equal(t, extract.Block{Kind: extract.KindHeading, Level: 1, Text: "1. Scope", Page: 1}, document.Blocks[0])
	require.Equal(t, extract.Block{Kind: extract.KindHeading, Level: 1, Text: "Terms", Page: 2}, document.Blocks[2])
}

func TestPDFWithoutText(t *testing.T) {
	t.Parallel()
	_, err := extractString(t, "scan.pdf", buildPDF([][]pdfText{nil, nil}, "", nil))
	requireCode(t, err, extract.CodeNeedsOCR)

	_, err = extractString(t, "blank.pdf", buildPDF([][]pdfText{{}}, "", nil))
	requireCode(t, err, extract.CodeEmpty)
}

func TestPDFWithSomeScannedPages(t *testing.T) {
	t.Parallel()
	text := []pdfText{{72, 780, 11, false, "Some text that can be read."}}
	document, err := extractString(t, "mixed.pdf", buildPDF([][]pdfText{text, nil, nil, text, nil}, "", nil))
	require.NoError(t, err)
	require.Len(t, document.Blocks, 2)
	require.Len(t, document.Warnings, 1)
	require.Contains(t, document.Warnings[0], "Pages 2–3 and 5 hold only pictures")
}

func TestPDFRefused(t *testing.T) {
	t.Parallel()
	whole := buildPDF([][]pdfText{{{72, 780, 11, false, "Text."}}}, "", nil)
	_, err := extractString(t, "locked.pdf", lockedPDF(t))
	requireCode(t, err, extract.CodeEncrypted)

	_, err = extractString(t, "broken.pdf", "%PDF-1.7\nnothing that follows makes sense")
	requireCode(t, err, extract.CodeMalformed)

	_, err = extractString(t, "page.pdf", "<!doctype html><title>404</title>")
	requireCode(t, err, extract.CodeMalformed)

	e := newExtractor(t, "")
	e.Limits = extract.Limits{Pages: 1}
	_, err = e.Extract(t.Context(), extract.Source{Content: strings.NewReader(buildPDF([][]pdfText{{}, {}}, "", nil))}, nil)
	requireCode(t, err, extract.CodeTooLarge)

	document, err := extractString(t, "without-a-name", "junk before the header\x00\n"+whole)
	require.NoError(t, err)
	require.Equal(t, extract.FormatPDF, document.Format)
}
