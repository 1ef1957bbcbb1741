package document

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/internal/document/chunk"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

const (
	embedBatch = 64 // chunks that are embedded and stored at once
	maxPasses  = 3
)

// processing is one attempt at a document.
type processing struct {
	*Service
	task     *taskq.Attempt
	phases   *taskq.Phases
	document Document
	embedded int
}

func newProcessing(s *Service, task *taskq.Attempt) *processing {
	return &processing{Service: s, task: task, phases: task.Phases(
		taskq.Phase{Name: "Extracting text", Weight: 60},
		taskq.Phase{Name: "Cutting into chunks", Weight: 5},
		taskq.Phase{Name: "Storing", Weight: 5},
		taskq.Phase{Name: "Embedding", Weight: 30},
	)}
}

// all processes the document of the given id.
func (p *processing) all(ctx context.Context, id uuid.UUID) (err error) {
	if p.document, err = get(ctx, p.store.db, id); err != nil {
		return err
	}
	if p.document.TaskID != p.task.ID {
		err := p.task.Tx(ctx, func(tx *sqlx.Tx) error { return adopt(ctx, tx, id, p.task.ID) })
		if err != nil {
			return err
		}
	}
	if !p.document.isCurrent() {
		if err := p.read(ctx); err != nil {
			return err
		}
	}
	if err := p.embed(ctx); err != nil {
		return err
	}
	return p.task.Tx(ctx, func(tx *sqlx.Tx) error { return finish(ctx, tx, id, p.embedder.ID()) })
}

// isCurrent reports that a document was read and cut by the present rules. Its
// file can't change.
func (d *Document) isCurrent() bool {
	return d.ExtractorVersion != nil && *d.ExtractorVersion == extract.Version && d.ChunkerVersion != nil && *d.ChunkerVersion == chunk.Version
}

// read extracts the text, cuts it, and stores both.
func (p *processing) read(ctx context.Context) error {
	extracted, err := p.extract(ctx)
	if err != nil {
		return err
	}
	p.phases.Next()
	c := content{extracted: extracted, mediaType: extracted.Format.MediaType(p.document.MediaType)}
	c.text, c.chunks = chunk.Split(extracted.Blocks, p.chunking())
	c.runes = utf8.RuneCountInString(c.text)
	c.extracted.Blocks = nil // the text holds them
	p.phases.Next()
	err = p.task.Tx(ctx, func(tx *sqlx.Tx) error {
		return replace(ctx, tx, p.document.ID, c, func(done, total int) { p.phases.Report(int64(done), int64(total), "chunks") })
	})
	if err != nil {
		return err
	}
	p.document, err = get(ctx, p.store.db, p.document.ID)
	return err
}

func (p *processing) extract(ctx context.Context) (extract.Document, error) {
	if err := p.takeSlot(ctx); err != nil {
		return extract.Document{}, err
	}
	defer func() { <-p.slots }()
	file, err := p.blobs.Open(ctx, p.document.SHA256)
	if err != nil {
		return extract.Document{}, fmt.Errorf("open the uploaded file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	source := extract.Source{Content: file, Name: p.document.Name, Charset: p.document.Charset}
	return p.extractor.Extract(ctx, source, p.reportPages)
}

// chunking is how the document is to be cut, as its uploader or else the configuration has it.
func (p *processing) chunking() chunk.Options {
	if p.document.ChunkTokens != nil {
		return chunk.UpTo(*p.document.ChunkTokens)
	}
	return p.cfg.Chunks
}

// takeSlot waits until one more extraction may run.
func (p *processing) takeSlot(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
		p.task.Progress(0, "Waiting for other documents to be read")
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *processing) reportPages(progress extract.Progress) {
	switch {
	case progress.IsPreparing:
		p.task.Progress(0, "Preparing the PDF reader, once for this machine")
	case progress.Total > 0:
		p.phases.Report(int64(progress.Done), int64(progress.Total), "pages")
	}
}

// embed gives every chunk a vector. A pass can leave some out: those that were
// to take the vector of an equal text which was deleted meanwhile.
func (p *processing) embed(ctx context.Context) error {
	p.lastPhase()
	for range maxPasses {
		count, err := p.store.countPending(ctx, p.document.ID, p.embedder.ID())
		if err != nil || count.Pending == 0 {
			return err
		}
		if err := p.embedPass(ctx, count.Total-count.Pending, count.Total); err != nil {
			return err
		}
	}
	return nil
}

// embedPass embeds batch by batch, each stored at once: a long document needs
// little memory, and an attempt that is cut off loses one batch.
func (p *processing) embedPass(ctx context.Context, done, total int) error {
	for after := -1; ; {
		p.phases.Report(int64(done), int64(total), "chunks")
		chunks, err := p.store.pending(ctx, p.document.ID, p.embedder.ID(), after, embedBatch)
		if err != nil || len(chunks) == 0 {
			return err
		}
		done, after = done+len(chunks), chunks[len(chunks)-1].Ordinal
		if err := p.embedChunks(ctx, chunks); err != nil {
			return err
		}
	}
}

// lastPhase enters the last phase, whichever is the present one.
func (p *processing) lastPhase() {
	for range 3 {
		p.phases.Next()
	}
}

// embedChunks embeds the texts that nobody embedded before and stores the
// vectors of all, in the order of ids, in which every writer of vectors goes.
func (p *processing) embedChunks(ctx context.Context, chunks []pendingChunk) error {
	slices.SortFunc(chunks, func(a, b pendingChunk) int { return bytes.Compare(a.OwnerID[:], b.OwnerID[:]) })
	sums := make([][]byte, len(chunks))
	for i, c := range chunks {
		sums[i] = c.ContentSHA256
	}
	known, err := embedding.Known(ctx, p.store.db, p.embedder.ID(), sums)
	if err != nil {
		return err
	}
	vectors := make([]embedding.Vector, len(chunks))
	var texts []string
	var fresh []int // of vectors, in the order of texts
	for i, c := range chunks {
		vectors[i] = embedding.Vector{OwnerID: c.OwnerID, ContentSHA256: c.ContentSHA256}
		if !known[string(c.ContentSHA256)] {
			texts, fresh = append(texts, c.Text), append(fresh, i)
		}
	}
	values, err := p.embedder.Embed(ctx, texts, embedding.Passage)
	if err != nil {
		return fmt.Errorf("embed %d chunks: %w", len(texts), err)
	}
	for i, vector := range fresh {
		vectors[vector].Values = values[i]
	}
	err = p.task.Tx(ctx, func(tx *sqlx.Tx) error {
		return embedding.Write(ctx, tx, embedding.Chunk, p.embedder.ID(), vectors)
	})
	if err == nil {
		p.embedded += len(fresh)
	}
	return err
}

func (p *processing) result() Result {
	d := p.document
	return Result{
		DocumentID: d.ID, Format: value(d.Format), Title: value(d.Title), Pages: value(d.PageCount), Characters: value(d.CharCount),
		Chunks: value(d.ChunkCount), Embedder: p.embedder.ID(), Embedded: p.embedded, Warnings: d.Warnings,
	}
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
