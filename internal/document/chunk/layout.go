package chunk

import (
	"strings"

	"github.com/taskwire/taskwire/internal/document/extract"
)

// placedBlock is a block and where its text stands, in bytes.
type placedBlock struct {
	extract.Block
	start, end int
}

// layOut joins the blocks to the text of the document: items of a list stand in
// lines, everything else apart.
func layOut(blocks []extract.Block) (string, []placedBlock) {
	var text strings.Builder
	size := 0
	for _, b := range blocks {
		size += len(b.Text) + 2
	}
	text.Grow(size)
	placed := make([]placedBlock, 0, len(blocks))
	for i, b := range blocks {
		if i > 0 {
			text.WriteString(separator(blocks[i-1].Kind, b.Kind))
		}
		start := text.Len()
		text.WriteString(b.Text)
		placed = append(placed, placedBlock{b, start, text.Len()})
	}
	return text.String(), placed
}

func separator(before, next extract.Kind) string {
	if before == extract.KindList && next == extract.KindList {
		return "\n"
	}
	return "\n\n"
}
