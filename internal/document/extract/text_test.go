package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/taskwire/taskwire/internal/document/extract"
)

func TestTextBlocks(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "a.txt", "\ufeff  One\r\ngoes on. \r\n \t\r\n\r\n- a\n- b\n1) c\n\nLa\x00st\u00a0 one\u00ad.")
	require.NoError(t, err)
	require.Equal(t, []extract.Block{
		paragraph("One\ngoes on."),
		{Kind: extract.KindList, Text: "- a\n- b\n1) c"},
		paragraph("Last one."),
	}, document.Blocks)
}

func TestCodeKeepsItsLines(t *testing.T) {
	t.Parallel()
	document, err := extractString(t, "main.py", "\n\ndef f():\n    return 1  \n\n\nx = f()\n")
	require.NoError(t, err)
	require.Equal(t, []extract.Block{
		{Kind: extract.KindCode, Text: "def f():\n    return 1"},
		{Kind: extract.KindCode, Text: "x = f()"},
	}, document.Blocks)
}

func TestCSV(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ content, want string }{
		"comma":     {"a,b\n\"1, 2\",\"x\ny\"\n,\n", "a\tb\n1, 2\tx y"},
		"semicolon": {"a;b\n1,5;2\n", "a\tb\n1,5\t2"},
		"tab":       {"a\tb\n1\t2\n", "a\tb\n1\t2"},
		"pipe":      {"a|b|c\n1|2|3\n", "a\tb\tc\n1\t2\t3"},
		"one field": {"name\nann\n", "name\nann"},
		"ragged":    {"a,b\n1,2,3\n4\n", "a\tb\n1\t2\t3\n4"},
		"quotes":    {"a,b\n5\" pipe,\"x\" y\n", "a\tb\n5\" pipe\tx\" y"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, err := extractString(t, "a.csv", test.content)
			require.NoError(t, err)
			require.Equal(t, []extract.Block{{Kind: extract.KindTable, Text: test.want}}, document.Blocks)
		})
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	texts := map[string][]string{
		"Où est passé le garçon ? Il a mangé une crêpe à Noël, près de la forêt, et c'était très bon.":                                                                                        {"windows-1252", "utf-16le", "utf-8"},
		"Über allen Gipfeln ist Ruh, in allen Wipfeln spürest du kaum einen Hauch; die Vögelein schweigen im Walde. Größe, Maß.":                                                              {"windows-1252", "utf-16be"},
		"El niño comió piñas en la montaña mañana; ¿quién sabrá por qué? Así fue la canción del corazón.":                                                                                     {"windows-1252"},
		"Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.":                                                                                  {"windows-1250", "iso-8859-2"},
		"Příliš žluťoučký kůň úpěl ďábelské ódy. Všichni lidé se rodí svobodní a sobě rovní.":                                                                                                 {"windows-1250", "iso-8859-2"},
		"Árvíztűrő tükörfúrógép. Minden emberi lény szabadon születik és egyenlő méltósága és joga van.":                                                                                      {"windows-1250", "iso-8859-2"},
		"Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler, birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Çağrı, ığdır, şişli.": {"windows-1254"},
		"Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.":                                                                              {"windows-1251", "koi8-r", "ibm866", "utf-16le", "iso-8859-5"},
		"Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.":                                                                                                 {"windows-1253"},
		"すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられている。":                                                                                                                       {"shift_jis", "euc-jp", "iso-2022-jp"},
		"人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。这是我们的共同理想。":                                                                                                                               {"gb18030"},
		"모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았다.":                                                                                                                    {"euc-kr"},
		"มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม":                                                                                              {"windows-874"},
	}
	for text, charsets := range texts {
		for _, charset := range charsets {
			t.Run(charset+" "+text[:8], func(t *testing.T) {
				t.Parallel()
				encoding, err := htmlindex.Get(charset)
				require.NoError(t, err)
				encoded, err := encoding.NewEncoder().String(text)
				require.NoError(t, err)
				document, err := extractString(t, "a.txt", encoded)
				require.NoError(t, err)
				require.Equal(t, text, document.Blocks[0].Text, document.Charset)
			})
		}
	}
}

func TestCharsetByMarkAndByWord(t *testing.T) {
	t.Parallel()
	marked, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String("x")
	require.NoError(t, err)
	document, err := extractString(t, "a.txt", marked)
	require.NoError(t, err)
	require.Equal(t, "x", document.Blocks[0].Text)

	latin, err := charmap.Windows1252.NewEncoder().String("<meta charset=latin1><p>naïve</p>")
	require.NoError(t, err)
	document, err = extractString(t, "a.html", latin)
	require.NoError(t, err)
	require.Equal(t, "naïve", document.Blocks[0].Text)

	// A page that lies: its bytes are UTF-8.
	document, err = extractString(t, "a.html", "<meta charset=windows-1252><p>naïve</p>")
	require.NoError(t, err)
	require.Equal(t, "naïve", document.Blocks[0].Text)
}

func TestCharsetStatedByTheClient(t *testing.T) {
	t.Parallel()
	e := newExtractor(t, "")
	read := func(charset string) (extract.Document, error) {
		return e.Extract(t.Context(), extract.Source{Content: newReader("caf\x8e"), Name: "a.txt", Charset: charset}, nil)
	}
	document, err := read("macintosh")
	require.NoError(t, err)
	require.Equal(t, "café", document.Blocks[0].Text)
	require.Equal(t, "macintosh", document.Charset)

	_, err = read("klingon")
	requireCode(t, err, extract.CodeUnsupported)
}
