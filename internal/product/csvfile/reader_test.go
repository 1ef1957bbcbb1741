package csvfile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/internal/product/csvfile"
)

func known(row []string) int {
	n := 0
	for _, cell := range row {
		if slices.Contains([]string{"sku", "title", "price", "description"}, strings.ToLower(strings.TrimSpace(cell))) {
			n++
		}
	}
	return n
}

func unknown([]string) int { return 0 }

func open(t *testing.T, content string) *csvfile.Reader {
	t.Helper()
	reader, err := csvfile.Open(strings.NewReader(content), known)
	require.NoError(t, err)
	return reader
}

// rows reads everything below the header.
func rows(t require.TestingT, reader *csvfile.Reader) [][]string {
	var all [][]string
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, slices.Clone(record.Fields))
	}
}

func TestDelimiters(t *testing.T) {
	t.Parallel()
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		content := strings.ReplaceAll("sku~title~price\nA-1~\"Tea, green; loose | 50 g\"~9,90\nA-2~Coffee~\"12.50\"\n", "~", delimiter)
		if delimiter == "," {
			content = strings.Replace(content, "9,90", "9.90", 1)
		}
		reader := open(t, content)
		require.Equal(t, delimiter, reader.Dialect().Delimiter)
		require.Equal(t, []string{"sku", "title", "price"}, reader.Header())
		require.Equal(t, []string{"A-1", "Tea, green; loose | 50 g"}, rows(t, reader)[0][:2])
	}
}

func TestDelimiterWithoutKnownHeadings(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"Index;Name;Größe\n1;Tee, grün;1,5\n2;Kaffee;2,5\n": ";",
		"a,b,c\n1,2,3\n": ",",
		"Industry\nAccounting/Finance\nHospitality; Travel\nSales\n": ",",
		"a\tb\n\"x, y\"\tz\n": "\t",
	} {
		reader, err := csvfile.Open(strings.NewReader(content), unknown)
		require.NoError(t, err)
		require.Equal(t, want, reader.Dialect().Delimiter, content)
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	german := "sku;title;price\nA-1;Grüner Tee für Bären, größer;9,90 €\nA-2;Weiße Schürze, Straßenschuhe, Öl;12,00 €\n"
	nippon := "sku,title\n" + strings.Repeat("A-1,日本の緑茶はとてもおいしいです\nA-2,コーヒー豆の詰め合わせ\n", 5)
	for name, test := range map[string]struct {
		text     string
		encoding encoding.Encoding
	}{
		"utf-8":        {german, encoding.Nop},
		"windows-1252": {german, charmap.Windows1252},
		"utf-16le":     {german, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
		"utf-16be":     {german, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
		"shift_jis":    {nippon, japanese.ShiftJIS},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoded, err := test.encoding.NewEncoder().String(test.text)
			require.NoError(t, err)
			reader := open(t, encoded)
			require.Equal(t, name, reader.Dialect().Charset)
			require.Equal(t, rows(t, open(t, test.text)), rows(t, reader))
		})
	}
}

func TestByteOrderMarkIsNoPartOfTheHeader(t *testing.T) {
	t.Parallel()
	reader := open(t, "\ufeffsku,title\nA,b\n")
	require.Equal(t, []string{"sku", "title"}, reader.Header())
	require.EqualValues(t, len("\ufeffsku,title\nA,b\n"), reader.BytesRead())
}

func TestBrokenByteInUTF8(t *testing.T) {
	t.Parallel()
	reader := open(t, "sku,title\n"+strings.Repeat("A,größer für Bären €\n", 10)+"B,broken \xff byte\n")
	require.Equal(t, "utf-8", reader.Dialect().Charset)
	require.Equal(t, "broken \uFFFD byte", rows(t, reader)[10][1])
}

func TestTitleLinesAboveTheHeader(t *testing.T) {
	t.Parallel()
	reader := open(t, "Price list, spring\n\nvalid from 1 March,,\n SKU , Title ,Price,,\nA-1,Tea,9.90,,\n")
	require.Equal(t, []string{"SKU", "Title", "Price"}, reader.Header())
	require.Equal(t, 4, reader.Dialect().HeaderRow)
	record, err := reader.Next()
	require.NoError(t, err)
	require.Equal(t, 5, record.Row)
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	header := "sku,title,price\n"
	for name, test := range map[string]struct {
		body    string
		want    [][]string
		lenient bool
	}{
		"escaped":             {"A,\"say \"\"hi\"\"\",1\n", [][]string{{"A", `say "hi"`, "1"}}, false},
		"line break":          {"A,\"two\r\nlines\",1\r\nB,b,2", [][]string{{"A", "two\r\nlines", "1"}, {"B", "b", "2"}}, false},
		"blanks behind":       {"A,\"tea\" ,1\n", [][]string{{"A", "tea", "1"}}, false},
		"inch":                {"A,5\" pipe,1\n", [][]string{{"A", `5" pipe`, "1"}}, true},
		"inside a quoted":     {"A,\"the \"best\" tea\",1\nB,b,2\n", [][]string{{"A", `the "best" tea`, "1"}, {"B", "b", "2"}}, true},
		"inside, two lines":   {"A,\"the \"best\" of\ntea\",1\nB,b,2\n", [][]string{{"A", "the \"best\" of\ntea", "1"}, {"B", "b", "2"}}, true},
		"never closed":        {"A,\"tea,1\nB,b,2\n", [][]string{{"A", `"tea`, "1"}, {"B", "b", "2"}}, true},
		"empty cells":         {"A,,\n,\"\",\n", [][]string{{"A", "", ""}}, false},
		"blank lines skipped": {"\n\n  \nA,a,1\n\n", [][]string{{"A", "a", "1"}}, false},
		"no last line end":    {"A,a,", [][]string{{"A", "a", ""}}, false},
		"ragged":              {"A\nB,b,2,4\n", [][]string{{"A"}, {"B", "b", "2", "4"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, rows(t, open(t, header+test.body)))
			record, err := open(t, header+test.body).Next()
			require.NoError(t, err)
			require.Equal(t, test.lenient, record.Lenient)
		})
	}
}

func TestOldLineEnds(t *testing.T) {
	t.Parallel()
	require.Equal(t, [][]string{{"A", "a"}, {"B", "b"}}, rows(t, open(t, "sku,title\rA,a\rB,b\r")))
}

func TestNULIsMarked(t *testing.T) {
	t.Parallel()
	reader := open(t, "sku,title\n"+strings.Repeat("A,aaaaaaaaaaaaaaaa\n", 5000)+"B,b\x00b\n")
	last := csvfile.Record{}
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		last = record
	}
	require.True(t, last.HasNUL)
	require.Equal(t, 5002, last.Row)
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	for want, content := range map[string]string{
		"empty":         " \n\n",
		"not a text":    "PK\x03\x04\x00\x00\x01sku,title\n\x00",
		"600 columns":   "sku," + strings.Repeat("c,", 598) + "last\n1\n",
		"longer than 1": "sku,title\nA," + strings.Repeat("x", 3<<20),
	} {
		reader, err := csvfile.Open(strings.NewReader(content), known)
		if err == nil {
			_, err = reader.Next()
		}
		var format *csvfile.FormatError
		require.ErrorAs(t, err, &format, want)
		require.ErrorContains(t, err, want)
	}
}

func TestAnOpenQuoteDoesNotSwallowALargeFile(t *testing.T) {
	t.Parallel()
	reader := open(t, "sku,title\nA,\"open\n"+strings.Repeat("B,bbbbbbbbbbbbbbbbbbbbbbbbbbb\n", 100_000))
	all := rows(t, reader)
	require.Len(t, all, 100_001)
	require.Equal(t, []string{"A", `"open`}, all[0])
}

type brokenReader struct{ *strings.Reader }

var errBroken = errors.New("disk is gone")

func (b brokenReader) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, errBroken
}

func TestReadErrorsComeThrough(t *testing.T) {
	t.Parallel()
	_, err := csvfile.Open(brokenReader{strings.NewReader("sku,title\nA,b\n")}, known)
	require.ErrorIs(t, err, errBroken)
}

// What encoding/csv writes is read back as it was, with any delimiter.
func TestReadsWhatOthersWrite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab1 ,;|\t\"\n.é日")))
		body := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 2), 0, 30).Draw(t, "body")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = delimiter
		want := [][]string{}
		require.NoError(t, w.Write([]string{"sku", "title", "price"}))
		for i, row := range body {
			row = append([]string{"key" + string(rune('a'+i))}, row...)
			require.NoError(t, w.Write(row))
			want = append(want, row)
		}
		w.Flush()
		reader, err := csvfile.Open(bytes.NewReader(file.Bytes()), known)
		require.NoError(t, err)
		require.Equal(t, string(delimiter), reader.Dialect().Delimiter)
		got := rows(t, reader)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"sku,title\nA,b\n", "a;b\n1;\"x\n", "\xff\xfea\x00,\x00b\x00\n\x00", "\"", "\"\"\"", "a,\"b\" \"c\"\n", "\r\r\n", "\xef\xbb\xbf",
		"x|y|z\n\"1\"2|\"\n\"|3", "a\tb\n\"\t\"\t\"\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		reader, err := csvfile.Open(bytes.NewReader(content), known)
		if err != nil {
			return
		}
		lastRow := reader.Dialect().HeaderRow
		for {
			record, err := reader.Next()
			if err != nil {
				return
			}
			require.Greater(t, record.Row, lastRow)
			require.NotEmpty(t, record.Fields)
			require.LessOrEqual(t, reader.BytesRead(), int64(len(content)))
			lastRow = record.Row
		}
	})
}
