package product

import (
	"context"
	"fmt"
	"strings"

	"github.com/taskwire/taskwire/taskq"
)

// MaxChanges limits the products that one update changes.
const MaxChanges = 10_000

// Change is what to do with one product. Set and Adjust name fields; see the comments there.
type Change struct {
	SKU    string     `json:"sku"`
	Set    Set        `json:"set,omitempty"`
	Adjust Adjustment `json:"adjust,omitempty"`
}

// Set gives fields new values: a text, a number for the amounts and the stock, and for "attributes" an object of texts,
// which is merged into those there are. nil clears a field, and an attribute; a title cannot be cleared.
type Set map[string]any

// Adjustment changes numbers relative to what they are: "+10%", "-2.50" or 5. Amounts take both forms and are rounded to
// the decimals of the product's currency, halves up; the stock takes a whole number.
type Adjustment map[string]any

// UpdateInput is an update of products: a list of changes, or one change to each of many SKUs.
type UpdateInput struct {
	Changes        []Change
	SKUs           []string
	Set            Set
	Adjust         Adjustment
	Priority       int
	IdempotencyKey string
	CreatedBy      string
}

// updateArguments is the metadata of a PRODUCT_UPDATE task.
type updateArguments struct {
	Changes []Change   `json:"changes,omitempty"`
	SKUs    []string   `json:"skus,omitempty"`
	Set     Set        `json:"set,omitempty"`
	Adjust  Adjustment `json:"adjust,omitempty"`
}

// Update checks the changes and enqueues a PRODUCT_UPDATE task for them. When a changed product is to be embedded anew,
// the task enqueues that. Errors: *taskq.InvalidError, whose field is the path of what is wrong, such as changes.3.set.price.
func (s *Service) Update(ctx context.Context, in UpdateInput) (taskq.Enqueued, error) {
	arguments := updateArguments{Changes: in.Changes, SKUs: in.SKUs, Set: in.Set, Adjust: in.Adjust}
	changes, err := arguments.compile()
	if err != nil {
		return taskq.Enqueued{}, err
	}
	description := fmt.Sprintf("Update %d products", len(changes))
	if len(changes) == 1 {
		description = "Update product " + changes[0].sku
	}
	return s.tasks.Enqueue(ctx, taskq.NewTask{
		Type: TypeUpdate, Description: description, Metadata: arguments,
		Priority: in.Priority, IdempotencyKey: in.IdempotencyKey, CreatedBy: in.CreatedBy,
	})
}

// compiledChange is a change whose values were checked.
type compiledChange struct {
	sku   string
	edits []edit
}

// compile checks the arguments and makes them ready to be applied.
func (a updateArguments) compile() ([]compiledChange, error) {
	switch {
	case len(a.Changes) > 0 && len(a.SKUs) > 0:
		return nil, &taskq.InvalidError{Field: "changes", Message: "must not stand beside skus: give either"}
	case len(a.SKUs) > 0:
		return a.compileShared()
	case len(a.Changes) == 0:
		return nil, &taskq.InvalidError{Field: "changes", Message: "must not be empty, unless skus are given"}
	case len(a.Changes) > MaxChanges:
		return nil, tooMany("changes")
	case len(a.Set) > 0 || len(a.Adjust) > 0:
		return nil, &taskq.InvalidError{Field: "changes", Message: "must hold set and adjust each; those beside it go with skus"}
	}
	compiled := make([]compiledChange, len(a.Changes))
	for i, change := range a.Changes {
		path := fmt.Sprintf("changes.%d.", i)
		if err := checkSKU(path+"sku", change.SKU); err != nil {
			return nil, err
		}
		edits, err := compileEdits(path, change.Set, change.Adjust)
		if err != nil {
			return nil, err
		}
		compiled[i] = compiledChange{change.SKU, edits}
	}
	return compiled, nil
}

func (a updateArguments) compileShared() ([]compiledChange, error) {
	if len(a.SKUs) > MaxChanges {
		return nil, tooMany("skus")
	}
	edits, err := compileEdits("", a.Set, a.Adjust)
	if err != nil {
		return nil, err
	}
	compiled := make([]compiledChange, len(a.SKUs))
	seen := map[string]bool{}
	for i, sku := range a.SKUs {
		field := fmt.Sprintf("skus.%d", i)
		if err := checkSKU(field, sku); err != nil {
			return nil, err
		}
		if seen[sku] {
			return nil, &taskq.InvalidError{Field: field, Message: fmt.Sprintf("repeats %q", sku)}
		}
		seen[sku] = true
		compiled[i] = compiledChange{sku, edits}
	}
	return compiled, nil
}

func tooMany(field string) error {
	return &taskq.InvalidError{Field: field, Message: fmt.Sprintf("must be at most %d; import a CSV file for more", MaxChanges)}
}

func checkSKU(field, sku string) error {
	if strings.TrimSpace(sku) == "" {
		return &taskq.InvalidError{Field: field, Message: "must not be empty"}
	}
	return checkText(field, sku, MaxSKULength)
}
