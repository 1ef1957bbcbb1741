package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// report gathers figures, and prints each at once as a line of JSON where that is wanted.
type report struct {
	figures []Figure
	lines   io.Writer // nil: a table is written at the end
}

// add leaves out what could not be measured.
func (r *report) add(f Figure) error {
	if math.IsNaN(f.Value) || f.PeerValue != nil && math.IsNaN(*f.PeerValue) {
		return nil
	}
	r.figures = append(r.figures, f)
	if r.lines == nil {
		return nil
	}
	return json.NewEncoder(r.lines).Encode(f)
}

// writeTable prints a line for each name: our value, each peer's with the ratio, and the targets.
func (r *report) writeTable(w io.Writer, heading string) error {
	if len(r.figures) == 0 {
		return nil
	}
	peers := r.peers()
	header := []string{"", "Taskwire", "unit"}
	for _, p := range peers {
		header = append(header, p, "ratio")
	}
	rows := [][]string{append(header, "target", "")}
	for _, group := range r.groups() {
		rows = append(rows, row(group, peers))
	}
	_, err := fmt.Fprintf(w, "\n%s\n\n%s\n", heading, align(rows))
	return err
}

func (r *report) peers() []string {
	var names []string
	for _, f := range r.figures {
		if f.Peer != "" && !slices.Contains(names, f.Peer) {
			names = append(names, f.Peer)
		}
	}
	return names
}

// groups puts figures of one name together, in the order of their first.
func (r *report) groups() [][]Figure {
	var groups [][]Figure
	at := map[string]int{}
	for _, f := range r.figures {
		key := f.Suite + " " + f.Name
		i, ok := at[key]
		if !ok {
			i, at[key] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

func row(group []Figure, peers []string) []string {
	cells := []string{group[0].Suite + " " + group[0].Name, number(group[0].Value), group[0].Unit}
	var targets, verdicts []string
	for _, peer := range peers {
		value, ratio := "", ""
		for _, f := range group {
			if f.Peer == peer && f.PeerValue != nil {
				value = number(*f.PeerValue)
			}
			if f.Peer == peer && f.Ratio != nil {
				ratio = number(*f.Ratio)
			}
		}
		cells = append(cells, value, ratio)
	}
	for _, f := range group {
		if f.Met != nil {
			targets = append(targets, strings.TrimSpace(strings.Replace(f.Target, "ratio", f.Peer, 1)))
			verdicts = append(verdicts, map[bool]string{true: "met", false: "MISSED"}[*f.Met])
		}
	}
	return append(cells, strings.Join(targets, ", "), strings.Join(verdicts, ", "))
}

// align renders rows as a table: the first column, the unit and the targets to the left, numbers to the right.
func align(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || i == 2 || i >= len(row)-2 {
				line.WriteString(cell + pad + "  ")
			} else {
				line.WriteString(pad + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
