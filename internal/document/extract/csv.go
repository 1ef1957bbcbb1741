package extract

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV makes one table of the file. A file that the rules of CSV don't fit
// is still text to be found, so it is read as text then.
func readCSV(in input, s *sink) error {
	text, charset, err := decode(in.data, in.charset, "")
	if err != nil {
		return err
	}
	s.document.Charset = charset
	table, err := tabulate(text, delimiter(text))
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		return readText(in, s)
	}
	if err != nil {
		return err
	}
	return s.block(Block{Kind: KindTable, Text: table})
}

// tabulate writes one line a record and a tab between fields.
func tabulate(text string, comma rune) (string, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = comma
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	reader.ReuseRecord = true
	var out strings.Builder
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		writeRow(&out, record)
	}
}

// writeRow adds a table row; a row of empty cells is left out.
func writeRow(out *strings.Builder, cells []string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = oneLine(cell)
	}
	line := strings.TrimRight(strings.Join(row, "\t"), "\t")
	if line == "" {
		return
	}
	out.WriteString(line)
	out.WriteByte('\n')
}

// delimiter is the candidate that splits the first lines most evenly: the
// share of lines with the commonest number of fields, times that number.
func delimiter(text string) rune {
	best, bestScore := ',', 0.0
	for _, candidate := range []rune{',', ';', '\t', '|'} {
		if score := evenness(text[:min(len(text), 64<<10)], candidate); score > bestScore {
			best, bestScore = candidate, score
		}
	}
	return best
}

func evenness(text string, comma rune) float64 {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = comma
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	counts, records := map[int]int{}, 0
	for records < 100 {
		record, err := reader.Read()
		if err != nil {
			break
		}
		records++
		counts[len(record)]++
	}
	best := 0.0
	for fields, n := range counts {
		if fields > 1 {
			best = max(best, float64(n)/float64(records)*float64(fields))
		}
	}
	return best
}
