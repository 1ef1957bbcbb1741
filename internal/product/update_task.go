package product

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

const (
	updateBatch = 500 // changes of one transaction
	maxListed   = 100 // SKUs that a result names
)

// UpdateResult is what a PRODUCT_UPDATE task leaves behind.
type UpdateResult struct {
	Updated       int              `json:"updated"`
	Unchanged     int              `json:"unchanged"` // had these values already
	NotFound      []string         `json:"notFound"`  // SKUs, the first ones
	NotFoundCount int              `json:"notFoundCount"`
	Rejected      []RejectedChange `json:"rejected"` // the first ones
	RejectedCount int              `json:"rejectedCount"`
	Texts         int              `json:"texts"` // products whose text changed: their vectors are made anew
}

// RejectedChange is a change that a product could not take. The product stayed as it was.
type RejectedChange struct {
	SKU     string `json:"sku"`
	Message string `json:"message"`
}

// RunUpdate handles a PRODUCT_UPDATE task, in transactions of bounded size within the fence of the task. Each records how
// far the task is, so that no attempt makes a change that an earlier one made.
func (s *Service) RunUpdate(ctx context.Context, task *taskq.Attempt) error {
	var arguments updateArguments
	decoder := json.NewDecoder(bytes.NewReader(task.Metadata))
	decoder.UseNumber() // amounts stay exact
	if err := decoder.Decode(&arguments); err != nil {
		return taskq.Fail(refuse("The task's metadata cannot be read. It takes changes, or skus with set and adjust."))
	}
	changes, err := arguments.compile()
	if err != nil {
		return taskq.Fail(refuse("The update cannot be made: %s.", err))
	}
	if err := s.store.forgetEffects(ctx); err != nil {
		return err
	}
	run := &updateRun{service: s, task: task, changes: changes}
	for done := false; !done; {
		if done, err = run.next(ctx); err != nil {
			return err
		}
	}
	return task.SetResult(run.result)
}

// updateRun is one attempt at an update.
type updateRun struct {
	service *Service
	task    *taskq.Attempt
	changes []compiledChange
	result  UpdateResult // as the database has it
}

// next makes the changes of one transaction and reports whether all are made.
func (r *updateRun) next(ctx context.Context) (finished bool, err error) {
	done := 0
	err = r.task.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := lockForWriting(ctx, tx); err != nil {
			return err
		}
		r.result = UpdateResult{NotFound: []string{}, Rejected: []RejectedChange{}}
		if done, err = loadEffect(ctx, tx, r.task.ID, &r.result); err != nil {
			return err
		}
		batch := r.changes[done:min(done+updateBatch, len(r.changes))]
		done += len(batch)
		return r.apply(ctx, tx, batch, done)
	})
	if err != nil {
		return false, err
	}
	r.task.Progress(100*done/len(r.changes), fmt.Sprintf("%d of %d changes made", done, len(r.changes)))
	return done >= len(r.changes), nil
}

// apply makes the changes of a batch, records them, and has the changed texts embedded, once for the whole task.
func (r *updateRun) apply(ctx context.Context, tx *sqlx.Tx, batch []compiledChange, done int) error {
	products, err := loadProducts(ctx, tx, skus(batch))
	if err != nil {
		return err
	}
	changed := map[string]*Product{}
	textsBefore := r.result.Texts
	for _, change := range batch {
		if product, ok := products[change.sku]; !ok {
			r.notFound(change.sku)
		} else if r.change(product, change) {
			changed[change.sku] = product
		}
	}
	if err := saveProducts(ctx, tx, changed); err != nil {
		return err
	}
	if textsBefore == 0 && r.result.Texts > 0 {
		if err := r.enqueueEmbedding(ctx, tx); err != nil {
			return err
		}
	}
	return saveEffect(ctx, tx, r.task.ID, done, r.result)
}

// change edits one product, wholly or not at all, and reports whether it is different now.
func (r *updateRun) change(product *Product, change compiledChange) bool {
	next := *product
	for _, apply := range change.edits {
		if err := apply(&next); err != nil {
			r.reject(change.sku, err)
			return false
		}
	}
	if reflect.DeepEqual(next, *product) {
		r.result.Unchanged++
		return false
	}
	if next.Title != product.Title || next.Brand != product.Brand || next.Category != product.Category || next.Description != product.Description {
		r.result.Texts++
	}
	r.result.Updated++
	*product = next
	return true
}

func (r *updateRun) notFound(sku string) {
	r.result.NotFoundCount++
	if len(r.result.NotFound) < maxListed {
		r.result.NotFound = append(r.result.NotFound, sku)
	}
}

func (r *updateRun) reject(sku string, err error) {
	r.result.RejectedCount++
	if len(r.result.Rejected) < maxListed {
		r.result.Rejected = append(r.result.Rejected, RejectedChange{sku, fmt.Sprintf("The product cannot take the change: %s.", err)})
	}
}

// enqueueEmbedding waits for this task, also when it fails half-way: what it has changed until then is to be embedded.
func (r *updateRun) enqueueEmbedding(ctx context.Context, tx *sqlx.Tx) error {
	by := ""
	if r.task.CreatedBy != nil {
		by = *r.task.CreatedBy
	}
	after := taskq.Dependency{TaskID: r.task.ID, OnFailure: taskq.RunDependent}
	_, err := r.service.tasks.EnqueueTx(ctx, tx, embedTask(after, r.task.Priority, "after "+r.task.ID.String(), by))
	return err
}

func skus(changes []compiledChange) []string {
	list := make([]string, len(changes))
	for i, change := range changes {
		list[i] = change.sku
	}
	return list
}
