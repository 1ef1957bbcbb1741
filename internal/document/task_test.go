package document_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// report is a Markdown file of n sections, each longer than a chunk.
func report(n int) string {
	var out strings.Builder
	out.WriteString("# Report\n\nAn introduction – mit Umlauten: äöü.\n\n")
	for i := range n {
		fmt.Fprintf(&out, "## Section %d\n\n", i)
		for j := range 40 {
			fmt.Fprintf(&out, "Sentence %d of section %d is about the number %d. ", j, i, i*j)
		}
		out.WriteString("\n\n")
	}
	return out.String()
}

func TestRunMakesADocumentSearchable(t *testing.T) {
	l := setup(t, nil)
	d, result := l.process("report.md", report(5))

	require.Equal(t, "Report", *d.Title)
	require.Equal(t, "markdown", *d.Format)
	require.Equal(t, "text/markdown", d.MediaType)
	require.Nil(t, d.PageCount)
	require.NotNil(t, d.ProcessedAt)
	require.Equal(t, "hash-v1:1024", *d.EmbedderID)
	chunks := l.chunks(d.ID)
	require.Equal(t, document.Result{
		DocumentID: d.ID, Format: "markdown", Title: "Report", Characters: *d.CharCount, Chunks: len(chunks), Embedder: "hash-v1:1024", Embedded: len(chunks),
	}, result)

	text, err := l.documents.Text(l.ctx, d.ID)
	require.NoError(t, err)
	runes := []rune(text)
	require.Len(t, runes, *d.CharCount)
	require.Greater(t, len(chunks), 5)
	for i, c := range chunks {
		require.Equal(t, i, c.Ordinal)
		require.Equal(t, string(runes[c.CharStart:c.CharEnd]), c.Text)
		require.Nil(t, c.PageFrom)
	}
	require.Equal(t, []string{"Report", "Section 0"}, chunks[2].Headings)
	require.Equal(t, len(chunks), l.count(`
		SELECT count(*) FROM chunks c JOIN embeddings e ON e.owner_kind = 'chunk' AND e.owner_id = c.id
		WHERE e.content_sha256 = c.content_sha256 AND e.content_sha256 = sha256(convert_to(chunk_text(c.heading_path, c.text), 'UTF8'))
		  AND substr((SELECT text FROM document_texts t WHERE t.document_id = c.document_id), char_start + 1, char_end - char_start) = c.text`),
		"the database counts characters and sums as Go does")
	pending, err := l.texts.Count(l.ctx, "hash-v1:1024", nil)
	require.NoError(t, err)
	require.Equal(t, embedding.Count{Total: len(chunks)}, pending)
}

func TestRunCutsAsTheUploaderSays(t *testing.T) {
	l := setup(t, nil)
	counts := map[int]int{}
	for _, most := range []int{document.MinChunkTokens, 200, document.MaxChunkTokens} {
		up, err := l.documents.Upload(l.ctx, document.UploadInput{Name: "report.md", Reader: strings.NewReader(report(5)), ChunkTokens: &most})
		require.NoError(t, err)
		l.completed(up.Task.ID)
		chunks := l.chunks(up.Document.ID)
		counts[most] = len(chunks)
		for _, c := range chunks {
			require.LessOrEqual(t, c.Tokens, most)
		}
	}
	require.Greater(t, counts[document.MinChunkTokens], counts[200])
	require.Greater(t, counts[200], counts[document.MaxChunkTokens])
}

func TestRunReportsPages(t *testing.T) {
	release := make(chan struct{})
	l := setup(t, func(l *library) {
		l.extractor.do = func(ctx context.Context, _ int32, progress func(extract.Progress)) (extract.Document, error) {
			progress(extract.Progress{Done: 30, Total: 60})
			select {
			case <-release:
				return extract.Document{Format: extract.FormatPDF, Pages: 60, Blocks: []extract.Block{
					{Kind: extract.KindParagraph, Text: "On page two.", Page: 2}, {Kind: extract.KindParagraph, Text: "On three.", Page: 3},
				}, Warnings: []string{"Page 1 holds only pictures."}}, nil
			case <-ctx.Done():
				return extract.Document{}, ctx.Err()
			}
		}
	})
	up := l.upload("a.pdf", "%PDF-1.4")
	task := l.await(up.Task.ID, func(t taskq.Task) bool { return t.Progress == 30 })
	require.Equal(t, "Extracting text: 30 of 60 pages", *task.ProgressMessage)
	close(release)
	result := l.completed(up.Task.ID)
	require.Equal(t, 60, result.Pages)
	require.Equal(t, []string{"Page 1 holds only pictures."}, result.Warnings)
	chunks := l.chunks(up.Document.ID)
	require.Len(t, chunks, 1)
	require.Equal(t, 2, *chunks[0].PageFrom)
	require.Equal(t, 3, *chunks[0].PageTo)
}

func TestRunExplainsWhatCannotBeRead(t *testing.T) {
	l := setup(t, nil)
	up := l.upload("slides.pptx", "PK\x03\x04 cut off")
	require.Equal(t, "The file is damaged or incomplete and can't be read. Save or export it again and upload the new file.", l.failed(up.Task.ID))
	task, err := l.client.Get(l.ctx, up.Task.ID)
	require.NoError(t, err)
	require.Equal(t, 1, task.Attempt)
	_, err = l.documents.Text(l.ctx, up.Document.ID)
	require.ErrorIs(t, err, document.ErrNotFound)
	require.Empty(t, l.chunks(up.Document.ID))
}

func TestRunTriesAgainWhatMayPass(t *testing.T) {
	l := setup(t, func(l *library) {
		l.extractor.do = func(_ context.Context, call int32, _ func(extract.Progress)) (extract.Document, error) {
			if call < 3 {
				return extract.Document{}, &extract.Error{Code: extract.CodeInterrupted, Message: "Stopped from outside."}
			}
			return extract.Document{Format: extract.FormatText, Blocks: []extract.Block{{Kind: extract.KindParagraph, Text: "x"}}}, nil
		}
	})
	_, result := l.process("a.txt", "x")
	require.Equal(t, 1, result.Chunks)
}

func TestRunGivesUpOnASlowFile(t *testing.T) {
	l := setup(t, func(l *library) {
		l.extractor.do = func(context.Context, int32, func(extract.Progress)) (extract.Document, error) {
			return extract.Document{}, &extract.Error{Code: extract.CodeTimeout, Message: "Reading the file took too long."}
		}
	})
	require.Equal(t, "Reading the file took too long.", l.failed(l.upload("a.txt", "x").Task.ID))
	require.EqualValues(t, 3, l.extractor.calls.Load())
}

func TestRunBoundsTheProcesses(t *testing.T) {
	release := make(chan struct{})
	l := setup(t, func(l *library) {
		l.cfg.Extractions = 1
		l.extractor.do = func(context.Context, int32, func(extract.Progress)) (extract.Document, error) {
			<-release
			return extract.Document{Format: extract.FormatText, Blocks: []extract.Block{{Kind: extract.KindParagraph, Text: "x"}}}, nil
		}
	})
	first := l.upload("1.txt", "x").Task.ID
	l.await(first, func(taskq.Task) bool { return l.extractor.calls.Load() == 1 })
	second := l.upload("2.txt", "x").Task.ID
	l.await(second, func(t taskq.Task) bool {
		return t.ProgressMessage != nil && *t.ProgressMessage == "Waiting for other documents to be read"
	})
	close(release)
	l.completed(first)
	l.completed(second)
}

func TestRunGoesOnWhereItWasCutOff(t *testing.T) {
	l := setup(t, func(l *library) {
		l.embedder.fail = func(call int32) error {
			if call == 2 {
				return errors.New("connection reset")
			}
			return nil
		}
	})
	d, result := l.process("report.md", report(60))
	require.EqualValues(t, 1, l.extractor.calls.Load(), "it is read once")
	require.EqualValues(t, *d.ChunkCount, l.embedder.texts.Load(), "and no chunk embedded twice")
	require.Less(t, result.Embedded, *d.ChunkCount)
	require.Equal(t, *d.ChunkCount, l.count(`SELECT count(*) FROM embeddings`))
}

func TestRunAgainChangesNothing(t *testing.T) {
	l := setup(t, nil)
	d, _ := l.process("report.md", report(5))
	before := l.chunks(d.ID)
	result := l.again(d.ID)
	require.Zero(t, result.Embedded)
	require.EqualValues(t, 1, l.extractor.calls.Load())
	require.Equal(t, before, l.chunks(d.ID))
}

func TestRunAgainByOtherRulesReplacesAll(t *testing.T) {
	l := setup(t, nil)
	d, _ := l.process("report.md", report(5))
	before := l.chunks(d.ID)
	l.db.MustExecContext(l.ctx, `UPDATE documents SET chunker_version = 'chunk-0'`)
	l.db.MustExecContext(l.ctx, `UPDATE chunks SET id = gen_random_uuid() WHERE ordinal = 0`)
	l.db.MustExecContext(l.ctx, `INSERT INTO embeddings (owner_kind, owner_id, embedder_id, content_sha256, embedding)
		SELECT 'chunk', id, 'hash-v1:1024', content_sha256, '{1}' FROM chunks WHERE ordinal = 0`)
	l.db.MustExecContext(l.ctx, `DELETE FROM embeddings WHERE owner_id = $1`, before[0].ID)

	result := l.again(d.ID)
	require.EqualValues(t, 2, l.extractor.calls.Load())
	require.Equal(t, before, l.chunks(d.ID), "the same pieces have the same ids")
	require.Equal(t, 1, result.Embedded)
	require.Equal(t, len(before), l.count(`SELECT count(*) FROM embeddings`), "vectors of chunks that are no more are gone")
	again, err := l.documents.Get(l.ctx, d.ID)
	require.NoError(t, err)
	require.NotEqual(t, d.TaskID, again.TaskID, "the latest task is known")
}

func TestRunTakesVectorsOfEqualTexts(t *testing.T) {
	l := setup(t, nil)
	first, _ := l.process("one.md", report(3))
	second, result := l.process("two.md", report(3))
	require.NotEqual(t, first.ID, second.ID)
	require.Zero(t, result.Embedded)
	require.Equal(t, 2**first.ChunkCount, l.count(`SELECT count(*) FROM embeddings`))
}

func TestRunFollowsTheEmbeddingEndpoint(t *testing.T) {
	l := setup(t, func(l *library) {
		l.embedder.fail = func(int32) error { return &embedding.ProviderError{Message: "connection refused"} }
	})
	up := l.upload("a.txt", "x")
	task := l.await(up.Task.ID, func(t taskq.Task) bool { return t.Attempt > 2 && t.ErrorMessage != nil })
	require.Contains(t, *task.ErrorMessage, "The embedding endpoint could not be used: connection refused")
	require.EqualValues(t, 1, l.extractor.calls.Load())
}

func TestRunWithoutADocument(t *testing.T) {
	l := setup(t, nil)
	for metadata, want := range map[any]string{
		struct{}{}: "The task names no document.",
		struct {
			ID uuid.UUID `json:"documentId"`
		}{uuid.New()}: "The document is no longer there.",
		struct {
			ID string `json:"documentId"`
		}{"x"}: "The task names no document.",
	} {
		enqueued, err := l.client.Enqueue(l.ctx, taskq.NewTask{Type: document.TaskType, Metadata: metadata})
		require.NoError(t, err)
		require.Contains(t, l.failed(enqueued.Task.ID), want)
	}
}

func TestRunWithoutItsFile(t *testing.T) {
	release := make(chan struct{})
	l := setup(t, func(l *library) {
		l.extractor.do = func(context.Context, int32, func(extract.Progress)) (extract.Document, error) {
			<-release
			return extract.Document{}, &extract.Error{Code: extract.CodeInterrupted, Message: "Once more."}
		}
	})
	up := l.upload("a.txt", "x")
	require.NoError(t, os.Remove(filepath.Join(l.blobDir, up.Document.SHA256[:2], up.Document.SHA256[2:4], up.Document.SHA256)))
	close(release)
	require.Contains(t, l.failed(up.Task.ID), "no longer in the server's storage")
}
