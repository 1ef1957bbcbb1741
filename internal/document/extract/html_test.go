package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document/extract"
)

func paragraph(text string) extract.Block {
	return extract.Block{Kind: extract.KindParagraph, Text: text}
}

func heading(level int, text string) extract.Block {
	return extract.Block{Kind: extract.KindHeading, Level: level, Text: text}
}

func listItem(level int, text string) extract.Block {
	return extract.Block{Kind: extract.KindList, Level: level, Text: text}
}

func TestHTMLStructure(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.html", `<!doctype html><html lang="fr"><head><title> The
 title </title><style>p { color: red }</style><script>var x = "no"</script></head><body>
<nav><a href="/">Home</a></nav>
<h1><div>Main <b>head</b>ing</div></h1>
<p>One <em>line</em>
goes on.<br>Second line. <img alt="A bird" src="x"><span hidden>secret</span></p>loose text
<ul><li>first<ul><li><p>nested</p></li></ul><li><p>second</p><p>more</p></ul>
<ol start="3"><li>three<li>four</ol>
<pre>if x {
	y()  // kept
}</pre>
<table><caption>Sizes</caption><tr><th>Name</th><th>Size</th></tr><tr><td>A<br>B</td><td> 1 <p>kg</p></td></tr><tr><td></td></tr></table>
<template>no</template><noscript>no</noscript><p style="display: none">no</p>
<div>div one<div>div two</div></div><textarea>typed</textarea><input value="shown"><input type="hidden" value="no">
</body></html>`)
	require.NoError(t, err)
	require.Equal(t, "The title", document.Title)
	require.Equal(t, "fr", document.Lang)
	require.Equal(t, "utf-8", document.Charset)
	require.Equal(t, []extract.Block{
		heading(1, "Main heading"),
		paragraph("One line goes on.\nSecond line. A bird"),
		paragraph("loose text"),
		listItem(1, "- first"), listItem(2, "- nested"), listItem(1, "- second"), listItem(1, "more"),
		listItem(1, "3. three"), listItem(1, "4. four"),
		{Kind: extract.KindCode, Text: "if x {\n\ty()  // kept\n}"},
		paragraph("Sizes"),
		{Kind: extract.KindTable, Text: "Name\tSize\nA B\t1 kg"},
		paragraph("div one"), paragraph("div two"),
		{Kind: extract.KindCode, Text: "typed"},
		paragraph("shown"),
	}, document.Blocks)
}

func TestHTMLTablesForLayoutAreText(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.html", `<table><tr><td><h2>News</h2><p>One.</p></td><td><table><tr><td>k</td><td>v</td></tr></table></td></tr></table>`)
	require.NoError(t, err)
	require.Equal(t, []extract.Block{heading(2, "News"), paragraph("One."), {Kind: extract.KindTable, Text: "k\tv"}}, document.Blocks)
}

func TestHTMLOfAMenuOnly(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.html", `<nav><a>Home</a></nav>`)
	require.NoError(t, err)
	require.Equal(t, []extract.Block{paragraph("Home")}, document.Blocks)
}

// The parser refuses more than 512 open elements, which unclosed tags of old
// pages reach.
func TestHTMLNestedTooDeeplyForTheParser(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.html", "<title>no</title><p>before</p>"+strings.Repeat("<div>", 2000)+"deep <b>text</b><script>no</script>")
	require.NoError(t, err)
	require.Equal(t, []extract.Block{paragraph("before"), paragraph("deep text")}, document.Blocks)
}

func TestMarkdownStructure(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "README.md", `---
title: "Guide"
lang: en
---
# Start

Some *text* with `+"`code`"+` and a [link](http://x).
Same paragraph \*kept\*.

- one
  1. inner
- two

| a | b |
|---|---|
| 1 | 2 |

`+"```go\nfunc main() {}\n\nvar x\n```"+`

Term<br>break <kbd>Ctrl</kbd>

> quoted
`)
	require.NoError(t, err)
	require.Equal(t, extract.FormatMarkdown, document.Format)
	require.Equal(t, "Guide", document.Title)
	require.Equal(t, "en", document.Lang)
	require.Equal(t, []extract.Block{
		heading(1, "Start"),
		paragraph("Some text with code and a link. Same paragraph *kept*."),
		listItem(1, "- one"), listItem(2, "1. inner"), listItem(1, "- two"),
		{Kind: extract.KindTable, Text: "a\tb\n1\t2"},
		{Kind: extract.KindCode, Text: "func main() {}\n\nvar x"},
		paragraph("Term\nbreak Ctrl"),
		paragraph("quoted"),
	}, document.Blocks)
}

func TestMarkdownTitleFromItsFirstHeading(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.md", "---\n\n## Small\n\n# Large\n")
	require.NoError(t, err)
	require.Equal(t, "Small", document.Title)
}
