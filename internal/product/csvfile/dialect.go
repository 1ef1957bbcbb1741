package csvfile

import "bytes"

// delimiters in the order of preference on a tie: commas occur in prose and in numbers, tabs hardly ever.
var delimiters = [...]byte{'\t', ';', '|', ','}

// detectLineEnd is '\r' only for a sample that has no '\n' at all.
func detectLineEnd(sample []byte) byte {
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

// detectDelimiter takes the delimiter that cuts the sample into the most columns the most consistently and with the
// fewest stray quotes, and says how many columns that are. knownFunc counts the names in a row that are known as column
// headings.
func detectDelimiter(sample []byte, whole bool, lineEnd byte, knownFunc func([]string) int) (delimiter byte, columns int) {
	delimiter, columns = ',', 1
	best := 0.0
	for _, candidate := range delimiters {
		p := parser{delimiter: candidate, lineEnd: lineEnd}
		if score, usual := p.score(sample, whole, knownFunc); score > best {
			delimiter, columns, best = candidate, usual, score
		}
	}
	return delimiter, columns
}

// score is consistency × columns × (1 + known headings), lessened by stray quotes; 0 when most rows have one column only.
func (p *parser) score(sample []byte, whole bool, knownFunc func([]string) int) (score float64, usual int) {
	const maxRecords = 500
	columns := map[int]int{}
	records, strays, known := 0, 0, 0
	var fields []string
	for len(sample) > 0 && records < maxRecords {
		n, st := p.record(sample, whole, strict)
		if st == badQuote {
			n, st = p.record(sample, whole, oneLine)
			p.lenient = true
		}
		if st == needMore {
			break
		}
		sample = sample[n:]
		if len(p.text) == 0 {
			continue
		}
		records++
		columns[len(p.ends)]++
		if p.lenient {
			strays++
		}
		if records <= headerSearchRows {
			fields = p.fields(fields)
			known = max(known, knownFunc(fields))
		}
	}
	usual, count := usualColumns(columns)
	if usual < 2 || known == 0 && 2*count <= records {
		return 0, 1
	}
	consistency := float64(count) / float64(records)
	return consistency * float64(usual) * float64(1+known) * (1 - 0.5*float64(strays)/float64(records)), usual
}

// usualColumns returns the most frequent number of columns above 1, the larger on a tie, and how often it occurs.
func usualColumns(counts map[int]int) (key, count int) {
	for k, c := range counts {
		if k > 1 && (c > count || c == count && k > key) {
			key, count = k, c
		}
	}
	return key, count
}
