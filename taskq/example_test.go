package taskq_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A whole program: one type, one handler, one task, and a watch that sees it through.
func Example() {
	client, _, end := exampleClient() // what taskq.New returns, on a database of the example's own
	defer end()                       // calls Stop
	ctx := context.Background()

	client.Handle("GREET", func(_ context.Context, task *taskq.Attempt) error {
		var who struct{ Name string }
		if err := json.Unmarshal(task.Metadata, &who); err != nil {
			return taskq.Fail(err)
		}
		return task.SetResult("Hello, " + who.Name + "!")
	})
	if err := client.Start(ctx); err != nil {
		panic(err)
	}
	updates := must(client.Watch(ctx, taskq.Filter{Types: []taskq.Type{"GREET"}}, taskq.WatchOptions{}))
	must(client.Enqueue(ctx, taskq.NewTask{Type: "GREET", Metadata: map[string]string{"name": "Ann"}}))
	for update := range updates {
		fmt.Println(update.Kind, update.Task.Status)
		if update.Task.Status.IsFinal() {
			fmt.Println(string(*update.Task.Result))
			break
		}
	}
	// Output:
	// CREATED PENDING
	// UPDATED RUNNING
	// UPDATED COMPLETED
	// "Hello, Ann!"
}

// The task exists only if the program's own transaction commits.
func ExampleClient_EnqueueTx() {
	client, db, end := exampleClient()
	defer end()
	ctx := context.Background()

	tx := must(db.BeginTxx(ctx, nil))
	// … the program's own INSERT …
	must(client.EnqueueTx(ctx, tx, taskq.NewTask{Type: "SEND_MAIL"}))
	_ = tx.Rollback()
	fmt.Println(must(client.Count(ctx, taskq.Filter{}, 10)))
	// Output: 0
}

// A key makes enqueueing safe to repeat.
func ExampleClient_Enqueue_idempotencyKey() {
	client, _, end := exampleClient()
	defer end()
	ctx := context.Background()

	for range 2 {
		enqueued := must(client.Enqueue(ctx, taskq.NewTask{Type: "BILL", IdempotencyKey: "invoice-2026-11"}))
		fmt.Println(enqueued.Duplicate)
	}
	// Output:
	// false
	// true
}

// Tasks of one batch can wait for one another, and for tasks that are there.
func ExampleClient_EnqueueMany_dependencies() {
	client, _, end := exampleClient()
	defer end()
	ctx := context.Background()

	importID := must(uuid.NewV7())
	enqueued := must(client.EnqueueMany(ctx, []taskq.NewTask{
		{ID: importID, Type: "IMPORT"},
		{Type: "INDEX", DependsOn: []taskq.Dependency{{TaskID: importID}}},
		{Type: "REPORT", DependsOn: []taskq.Dependency{{TaskID: importID, OnFailure: taskq.RunDependent}}},
	}))
	for _, e := range enqueued {
		reason, _ := e.Task.WaitingFor(time.Now(), false)
		fmt.Println(e.Task.Type, reason)
	}
	// Output:
	// IMPORT READY
	// INDEX BLOCKED
	// REPORT BLOCKED
}

// What a handler writes through Tx is there exactly once, however often its task runs.
func ExampleAttempt_Tx() {
	client, db, end := exampleClient()
	defer end()
	ctx := context.Background()
	db.MustExec(`CREATE TABLE payments (amount int)`)

	attempts := 0
	client.Handle("PAY", func(ctx context.Context, task *taskq.Attempt) error {
		return task.Tx(ctx, func(tx *sqlx.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO payments VALUES (100)`); err != nil {
				return err
			}
			if attempts++; attempts == 1 {
				return errors.New("the first attempt is out of luck")
			}
			return nil
		})
	}, taskq.WithBackoff(func(int) time.Duration { return 0 }))
	if err := client.Start(ctx); err != nil {
		panic(err)
	}
	updates := must(client.Watch(ctx, taskq.Filter{}, taskq.WatchOptions{}))
	must(client.Enqueue(ctx, taskq.NewTask{Type: "PAY"}))
	for update := range updates {
		if update.Task.Status == taskq.Completed {
			break
		}
	}
	var total int
	if err := db.Get(&total, `SELECT sum(amount) FROM payments`); err != nil {
		panic(err)
	}
	fmt.Println(attempts, total)
	// Output: 2 100
}

// Phases turn "page 12 of 80 of the first part" into percent.
func ExampleAttempt_Phases() {
	handler := func(_ context.Context, task *taskq.Attempt) error {
		phases := task.Phases(taskq.Phase{Name: "Reading", Weight: 1}, taskq.Phase{Name: "Writing", Weight: 3})
		for page := range int64(80) {
			phases.Report(page, 80, "pages")
		}
		phases.Next()
		return nil
	}
	_ = handler // for Client.Handle
}

// A handler says by what it returns what is to become of its task.
func ExampleSnooze() {
	handler := func(context.Context, *taskq.Attempt) error {
		const busy = true
		if busy {
			return taskq.Snooze(time.Minute) // not now; uses up no attempt
		}
		return nil
	}
	fmt.Println(handler(context.Background(), nil))
	// Output: snoozed for 1m0s
}

// One call acts on all tasks that a filter selects, however many.
func ExampleClient_Bulk() {
	client, _, end := exampleClient()
	defer end()
	ctx := context.Background()
	must(client.EnqueueMany(ctx, []taskq.NewTask{{Type: "OLD"}, {Type: "OLD"}, {Type: "NEW"}}))

	old := taskq.Filter{Types: []taskq.Type{"OLD"}}
	fmt.Println("would cancel", must(client.Count(ctx, old, 1000)))
	outcome := must(client.Bulk(ctx, taskq.Bulk{Action: taskq.ActionCancel, Filter: old, By: "ann"}))
	for _, change := range outcome.Changes {
		fmt.Println(change.Outcome, change.Task.Status)
	}
	// Output:
	// would cancel 2
	// CHANGED CANCELLED
	// CHANGED CANCELLED
}

// What happened is told within a second or two, however many tasks there are.
func ExampleClient_WatchStats() {
	client, _, end := exampleClient()
	defer end()
	ctx := context.Background()

	client.Handle("GREET", func(context.Context, *taskq.Attempt) error { return nil })
	if err := client.Start(ctx); err != nil {
		panic(err)
	}
	changes := must(client.WatchStats(ctx, taskq.StatsQuery{Window: taskq.LastDay}))
	must(client.EnqueueMany(ctx, []taskq.NewTask{{Type: "GREET"}, {Type: "GREET"}}))
	for stats := range changes {
		if len(stats.Counts) == 1 && stats.Counts[0] == (taskq.StatusCount{Type: "GREET", Status: taskq.Completed, Count: 2}) {
			fmt.Println(stats.Counts[0].Count, "done; half of them took less than a minute:", *stats.Run.P50Seconds < 60)
			break
		}
	}
	// Output: 2 done; half of them took less than a minute: true
}
