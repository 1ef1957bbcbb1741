// Package taskq runs background tasks on PostgreSQL: durable, fast, and watched live.
//
// A task is a row of the table tasks. A program enqueues it, in its own transaction if it likes; a worker, in the same
// process or on another machine, claims it, runs its handler and reports progress; whoever watches sees each change the
// moment it commits. Nothing but PostgreSQL is needed.
//
// # Running tasks
//
// A type of task is a name and a handler. What the handler is to do comes as JSON:
//
//	client := taskq.New(db, taskq.Config{DSN: dsn})
//	client.Handle("SEND_MAIL", func(ctx context.Context, task *taskq.Attempt) error {
//		var mail Mail
//		if err := json.Unmarshal(task.Metadata, &mail); err != nil {
//			return taskq.Fail(err) // no retry can mend it
//		}
//		return send(ctx, mail) // an error is retried with backoff
//	})
//	if err := client.Start(ctx); err != nil {
//		return err
//	}
//	defer client.Stop(context.Background())
//
//	client.Enqueue(ctx, taskq.NewTask{Type: "SEND_MAIL", Metadata: Mail{To: "ann@example.com"}})
//
// The tables come from package db of this module: db.Migrate(ctx, database, db.Engine).
//
// # What is promised
//
// A task that was enqueued runs at least once, until it is COMPLETED, FAILED or CANCELLED, whatever crashes meanwhile.
// It is never owned by two attempts: every claim takes a new lease, and each write of an attempt (progress, completion,
// failure, [Attempt.Tx]) is refused by the database once its lease is lost. An attempt that was cut off may go on running
// for some seconds while the next one begins; what it does outside the database must bear that. What it does inside
// belongs in [Attempt.Tx], which commits only while the lease holds: such effects happen once.
//
// A worker that dies is noticed within 15 seconds, and its tasks run again at once. A worker that cannot reach the database
// cancels its own handlers before that.
//
// # Statuses
//
//	PENDING → RUNNING → COMPLETED | FAILED
//	PENDING → CANCELLED             cancelled before it ran
//	RUNNING → CANCELLED             cancelled; enforced after a grace if the handler does not listen
//	RUNNING → PENDING               retry, snooze, rescue, shutdown
//	FAILED | CANCELLED → PENDING    retried by a person
//
// The database refuses every other change, whoever writes it. Each transition is an [Event] with its actor and reason, kept
// in the transaction that made it.
//
// # Watching
//
// [Client.Watch] sends the changes of the tasks that a [Filter] selects. It loses nothing: each update carries a cursor, and
// a watch that begins after a cursor is sent what happened since, across restarts of this program and of the database.
//
// [Client.Stats] and [Client.WatchStats] tell how many tasks there are, what they wait for, what happened of late, how long
// it took and why it failed, without ever reading the tasks. [Client.FeedHealth] tells whether those who watch are told in
// time.
//
// # Workers in other languages
//
// The worker protocol is SQL: taskq_heartbeat, taskq_claim, taskq_progress, taskq_complete and taskq_fail do for any
// language what this package does for Go, with the same fencing. See docs/worker-protocol.md.
package taskq
