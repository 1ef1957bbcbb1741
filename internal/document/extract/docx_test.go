package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document/extract"
)

const stylesXML = `<w:styles xmlns:w="w"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:type="paragraph" w:styleId="Outline"><w:name w:val="Section"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Loop1"><w:name w:val="Loop1"/><w:basedOn w:val="Loop2"/></w:style>
<w:style w:type="paragraph" w:styleId="Loop2"><w:name w:val="Loop2"/><w:basedOn w:val="Loop1"/></w:style></w:styles>`

const numberingXML = `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val=""/></w:lvl></w:abstractNum>
<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="7"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>`

// p is one paragraph; properties may be empty.
func p(properties, text string) string {
	return `<w:p><w:pPr>` + properties + `</w:pPr><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func item(id, level, text string) string {
	return p(`<w:numPr><w:ilvl w:val="`+level+`"/><w:numId w:val="`+id+`"/></w:numPr>`, text)
}

func TestDOCXStructure(t *testing.T) {
	t.Parallel()
	body := p(`<w:pStyle w:val="Titel"/>`, "The Title") +
		p(`<w:pStyle w:val="Mine"/>`, "First") +
		`<w:p><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>` +
		`<w:r><w:tab/><w:instrText>PAGE</w:instrText><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r><w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink></w:p>` +
		p(`<w:pStyle w:val="Outline"/>`, "Third") +
		item("5", "0", "one") + item("5", "1", "one a") + item("5", "0", "two") + item("7", "0", "again") + item("6", "0", "dot") +
		`<w:tbl><w:tblPr/><w:tr><w:tc>` + p("", "a") + `</w:tc><w:tc>` + p("", "b") + p("", "c") + `</w:tc></w:tr>` +
		`<w:tr><w:tc><w:p/></w:tc><w:tc><w:tbl><w:tr><w:tc>` + p("", "in") + `</w:tc><w:tc>` + p("", "ner") + `</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>` +
		`<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:docPr descr="A red bird"/><w:txbxContent>` + p("", "boxed") +
		`</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:t>fallback</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>` +
		`<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:rad><m:e><m:r><m:t>b</m:t></m:r></m:e></m:rad></m:den></m:f></m:oMath></w:p>` +
		`<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>` + p(`<w:pStyle w:val="Loop1"/>`, "&amp; control") + `</w:sdtContent></w:sdt>`
	document, err := extractString(t, "a.docx", buildDOCX(t, body, map[string]string{
		"word/_rels/document.xml.rels": relsXML("styles", "st.xml", "numbering", "/word/NUM.xml", "footnotes", "fn.xml", "header", "h1.xml", "header", "h2.xml", "footer", "missing.xml"),
		"word/st.xml":                  stylesXML,
		"word/num.xml":                 numberingXML,
		"word/fn.xml":                  `<w:footnotes><w:footnote w:type="separator">` + p("", "line") + `</w:footnote><w:footnote>` + p("", "a note") + `</w:footnote></w:footnotes>`,
		"word/h1.xml":                  `<w:hdr>` + p("", "ACME") + `</w:hdr>`,
		"word/h2.xml":                  `<w:hdr>` + p("", "ACME") + `</w:hdr>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "The Title", document.Title)
	require.Equal(t, "de-DE", document.Lang)
	require.Equal(t, []extract.Block{
		{Kind: extract.KindHeading, Level: 1, Text: "The Title"},
		{Kind: extract.KindHeading, Level: 1, Text: "First"},
		{Kind: extract.KindParagraph, Text: "Kept inserted tab\nline link"},
		{Kind: extract.KindHeading, Level: 3, Text: "Third"},
		{Kind: extract.KindList, Level: 1, Text: "1. one"},
		{Kind: extract.KindList, Level: 2, Text: "1.a) one a"},
		{Kind: extract.KindList, Level: 1, Text: "2. two"},
		{Kind: extract.KindList, Level: 1, Text: "1. again"},
		{Kind: extract.KindList, Level: 1, Text: "- dot"},
		{Kind: extract.KindTable, Text: "a\tb c\n\tin ner"},
		{Kind: extract.KindParagraph, Text: "A red bird"},
		{Kind: extract.KindParagraph, Text: "boxed"},
		{Kind: extract.KindParagraph, Text: "a/√b"},
		{Kind: extract.KindParagraph, Text: "& control"},
		{Kind: extract.KindParagraph, Text: "a note"},
		{Kind: extract.KindParagraph, Text: "ACME"},
	}, document.Blocks)
}

func TestDOCXTitleFromItsProperties(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.docx", buildDOCX(t, p("", "text"), map[string]string{
		"_rels/.rels":       relsXML("officeDocument", "/word/document.xml", "core-properties", "docProps/core.xml"),
		"docProps/core.xml": `<cp:coreProperties><dc:creator>A</dc:creator><dc:title>Given  Title</dc:title></cp:coreProperties>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "Given Title", document.Title)
}

func TestDOCXRefused(t *testing.T) {
	t.Parallel()
	whole := buildDOCX(t, p("", strings.Repeat("text ", 1000)), nil)
	cases := map[string]struct {
		content string
		limit   func(*extract.Limits)
		code    extract.Code
	}{
		"cut off":          {whole[:len(whole)/2], nil, extract.CodeMalformed},
		"no text":          {buildDOCX(t, p("", " "), nil), nil, extract.CodeEmpty},
		"broken XML":       {buildDOCX(t, "<w:p><w:r>", nil), nil, extract.CodeMalformed},
		"no main part":     {buildZip(t, map[string]string{"[Content_Types].xml": docxTypes}), nil, extract.CodeMalformed},
		"deep":             {buildDOCX(t, strings.Repeat("<w:p>", 100_000), nil), nil, extract.CodeTooLarge},
		"large entry":      {whole, func(l *extract.Limits) { l.EntryBytes = 1000 }, extract.CodeTooLarge},
		"large altogether": {whole, func(l *extract.Limits) { l.UncompressedBytes = 1000 }, extract.CodeTooLarge},
		"many entries":     {whole, func(l *extract.Limits) { l.Entries = 2 }, extract.CodeTooLarge},
		"not a zip":        {"plain text", nil, extract.CodeMalformed},
		"password":         {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", nil, extract.CodeEncrypted},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newExtractor(t, "")
			e.Limits = extract.DefaultLimits()
			if test.limit != nil {
				test.limit(&e.Limits)
			}
			_, err := e.Extract(t.Context(), extract.Source{Content: strings.NewReader(test.content), Name: "a.docx"}, nil)
			requireCode(t, err, test.code)
		})
	}
}

// A billion laughs stay unexpanded: entities of a document type are not known.
func TestDOCXEntitiesAreNotExpanded(t *testing.T) {
	t.Parallel()
	content := buildDOCX(t, "", map[string]string{
		"word/document.xml": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><w:document><w:p><w:r><w:t>x&b;y</w:t></w:r></w:p></w:document>`,
	})
	document, err := extractString(t, "a.docx", content)
	require.NoError(t, err)
	require.Equal(t, "x&b;y", document.Blocks[0].Text)
}
