package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/product/csvfile"
	"github.com/taskwire/taskwire/taskq"
)

const (
	readShare     = 70 // percent of an import's progress that reading takes
	stageBatch    = 20_000
	writeBatch    = 20_000
	evidenceRows  = 2_000
	cleanupWithin = 30 * time.Second
)

// RunImport handles a DATA_IMPORT task: it reads the file into a staging table, then writes the products in one
// transaction, within the fence of the task. An attempt that was cut short leaves nothing behind.
func (s *Service) RunImport(ctx context.Context, task *taskq.Attempt) error {
	var arguments importArguments
	if err := json.Unmarshal(task.Metadata, &arguments); err != nil || arguments.Blob == "" {
		return taskq.Fail(refuse("The task names no uploaded file. Use importProducts to import one."))
	}
	if err := checkMapping(arguments.Mapping); err != nil {
		return taskq.Fail(refuse("The import cannot be made: %s.", err))
	}
	run := &importRun{store: s.store, task: task, arguments: arguments, known: newHeadings(arguments.Mapping)}
	err := run.all(ctx, s.blobs)
	var format *csvfile.FormatError
	switch {
	case errors.As(err, &format):
		return taskq.Fail(format)
	case errors.Is(err, blob.ErrNotFound):
		return taskq.Fail(refuse("The uploaded file is no longer there. Upload it again."))
	case err != nil:
		return err
	}
	return task.SetResult(run.result)
}

// importRun is one attempt at an import.
type importRun struct {
	store     store
	task      *taskq.Attempt
	arguments importArguments
	known     headings
	columns   *columns
	result    ImportResult
	staged    int // rows in the staging table
}

func (r *importRun) all(ctx context.Context, blobs Blobs) error {
	if done, err := loadEffect(ctx, r.store.db, r.task.ID, &r.result); done > 0 || err != nil {
		return err // an earlier attempt has committed its work, but could not say so
	}
	if err := r.store.forgetEffects(ctx); err != nil {
		return err
	}
	file, err := blobs.Open(ctx, r.arguments.Blob)
	if err != nil {
		return fmt.Errorf("open the import file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := r.store.clearStaging(ctx, r.task.ID, r.task.Lease); err != nil {
		return err
	}
	defer r.cleanUp(ctx)
	if err := r.stage(ctx, file); err != nil {
		return err
	}
	switch {
	case r.arguments.DryRun:
		return r.preview(ctx)
	case r.staged == 0:
		return r.result.nothingUsable()
	default:
		return r.write(ctx)
	}
}

// cleanUp empties the staging table, also when ctx has ended. What a killed process leaves there, the next import removes.
func (r *importRun) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	if err := r.store.clearStaging(ctx, r.task.ID, r.task.Lease); err != nil {
		r.task.Logger().Warn("import rows were left in the staging table; the next import removes them", "error", err)
	}
}

// stage reads the file into the staging table.
func (r *importRun) stage(ctx context.Context, file io.ReadSeeker) error {
	r.task.Progress(0, "Reading "+r.arguments.File)
	reader, err := csvfile.Open(file, r.known.count)
	if err != nil {
		return err
	}
	if err := r.inspect(reader); err != nil {
		return err
	}
	parser := &rowParser{columns: r.columns}
	if parser.mark, err = fileMark(reader, parser); err != nil {
		return err
	}
	for atEnd := false; !atEnd; {
		fill := func(add func(*parsedRow) error) (err error) {
			atEnd, err = r.stageBatch(ctx, reader, parser, add)
			return err
		}
		if err := r.store.stage(ctx, r.task.ID, r.task.Lease, fill); err != nil {
			return err
		}
	}
	return nil
}

// inspect finds out which columns the file has.
func (r *importRun) inspect(reader *csvfile.Reader) (err error) {
	if r.columns, err = newColumns(reader.Header(), r.arguments.Mapping, r.known); err != nil {
		return err
	}
	if !r.columns.has(FieldSKU) && !r.columns.has(FieldHandle) {
		return refuse("No column with the SKU was found. Name one of the columns SKU, or map one to it. The columns are: %s.",
			listColumns(reader.Header()))
	}
	r.result = ImportResult{
		DryRun: r.arguments.DryRun, Dialect: reader.Dialect(), Columns: r.columns.summary(),
		Attributes: r.columns.attributeNames(), Errors: []RowError{},
	}
	return nil
}

// fileMark lets the amounts at the top of the file vote on whether it writes 9.90 or 9,90. Without a vote it is the comma
// where the semicolon parts the cells, as spreadsheets on the European continent write them.
func fileMark(reader *csvfile.Reader, parser *rowParser) (byte, error) {
	top, err := reader.Peek(evidenceRows)
	if err != nil {
		return 0, err
	}
	votes := map[byte]int{}
	for _, record := range top {
		for _, field := range []Field{FieldPrice, FieldSalePrice, FieldCompareAtPrice} {
			text, _ := parser.cell(record.Fields, field)
			votes[decimalMark(text)]++
		}
	}
	if votes[','] > votes['.'] || votes[','] == votes['.'] && reader.Dialect().Delimiter == ";" {
		return ',', nil
	}
	return '.', nil
}

// stageBatch stages the next rows and reports whether the file has ended.
func (r *importRun) stageBatch(ctx context.Context, reader *csvfile.Reader, parser *rowParser, add func(*parsedRow) error) (bool, error) {
	for range stageBatch {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		row := parser.parse(record)
		r.result.add(&row, record.Lenient)
		if !row.isImage && len(row.problems) == 0 {
			r.staged++
			if err := add(&row); err != nil {
				return false, err
			}
		}
		if r.result.Rows%1_000 == 0 {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			percent := readShare * reader.BytesRead() / max(r.arguments.Size, 1)
			r.task.Progress(int(percent), fmt.Sprintf("Read %d rows, %d rejected", r.result.Rows, r.result.Rejected))
		}
	}
	return false, nil
}

// preview counts what the import would do.
func (r *importRun) preview(ctx context.Context) error {
	r.task.Progress(readShare, fmt.Sprintf("Comparing %d rows with the catalogue", r.staged))
	outcome, err := r.store.previewImport(ctx, r.task.ID, r.task.Lease, r.plan())
	r.count(outcome)
	return err
}

// write writes the products and, in the same transaction, what the import did: an attempt that commits and then dies has
// its result found by the next one.
func (r *importRun) write(ctx context.Context) error {
	return r.task.Tx(ctx, func(tx *sqlx.Tx) error {
		outcome, err := r.store.writeImport(ctx, tx, r.task.ID, r.task.Lease, r.plan(), func(done, total int) {
			percent := readShare + (100-readShare)*done/max(total, 1)
			r.task.Progress(percent, fmt.Sprintf("Wrote %d of %d products", done, total))
		})
		if err != nil {
			return err
		}
		r.count(outcome)
		return saveEffect(ctx, tx, r.task.ID, 1, r.result)
	})
}

func (r *importRun) plan() importPlan {
	fields := []Field{}
	for field := range r.columns.byField {
		fields = append(fields, field)
	}
	return importPlan{
		fields: fields, attributes: r.columns.attributeNames(), update: r.arguments.OnConflict != ConflictSkip, staged: r.staged,
	}
}

func (r *importRun) count(o importOutcome) {
	r.result.Inserted, r.result.Updated = o.Inserted, o.Updated
	r.result.Unchanged = o.Products - o.Inserted - o.Updated
	r.result.Duplicates = r.staged - o.Products
}
