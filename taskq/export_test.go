package taskq

import "time"

// Hurry shortens the engine's clockwork, so that tests of what happens after a while need not wait that long. What is done
// to those who are late takes longer: on a busy machine a test must not take a worker for dead, nor a handler for stuck.
func (c *Config) Hurry() {
	c.timing = defaultTiming()
	c.timing.deadAfter = 3 * time.Minute
	c.timing.fenceAfter = 2 * time.Minute
	c.timing.cancelGrace = 3 * time.Minute
	c.timing.maintenance = 50 * time.Millisecond
	c.timing.retention = 50 * time.Millisecond
	c.timing.progress = 20 * time.Millisecond
	c.timing.poll = 200 * time.Millisecond
	c.timing.pace = 50 * time.Millisecond
	c.timing.stats = 50 * time.Millisecond
}

// HurryRescue is Hurry for tests of what becomes of a dead worker's tasks.
func (c *Config) HurryRescue() {
	c.Hurry()
	c.timing.heartbeat = time.Second
	c.timing.deadAfter = DeadAfterInHurry
	c.timing.fenceAfter = FenceAfterInHurry
	c.timing.call = 5 * time.Second
}

// HurryGrace is for tests of handlers that do not stop.
func (c *Config) HurryGrace() { c.timing.cancelGrace = 2 * time.Second }

// What HurryRescue sets.
const (
	DeadAfterInHurry  = 6 * time.Second
	FenceAfterInHurry = 4 * time.Second
)

// HurryWatchdog has a LISTEN connection that does not answer be given up soon.
func (c *Config) HurryWatchdog() {
	c.timing.watchdogPing = 200 * time.Millisecond
	c.timing.watchdogDead = 2 * time.Second
}

// NoWatchdog has a LISTEN connection that does not answer be kept.
func (c *Config) NoWatchdog() { c.timing.watchdogPing = time.Hour }

// NoPolling leaves only doorbells, so that a test sees that they ring.
func (c *Config) NoPolling() { c.timing.poll = time.Hour }

// What fuzz and property tests compare with PostgreSQL.
var (
	Contains     = contains
	StorableJSON = storableJSON
)

// Matches reports whether the filter selects a task, as the feed decides it.
func (f *Filter) Matches(t *Task) bool { return f.matches(t) }

// NeverDead has nobody take a worker for dead.
func (c *Config) NeverDead() { c.timing.deadAfter = time.Hour }

// Statements whose plans are tested.
const (
	SelectChanges     = selectChanges
	SelectCancels     = selectCancels
	ReleaseLostClaims = releaseLostClaims
	SelectStats       = selectStats
)

// CancelTasks cancels the tasks $1.
var CancelTasks = cancelTasks.query

// PageSQL returns the statement that reads a page.
func PageSQL(f Filter, o Order, p Page) (query string, args []any, err error) {
	list, where := f.list(o.Field, orderKeys[o.Field], !o.Ascending)
	bounds, err := list.bounds(where, &p)
	return list.selectPage(where, bounds, &p), where.args, err
}

// CountSQL returns the statement that counts.
func CountSQL(f Filter, limit int) (query string, args []any) { return f.count(limit) }

// SnapshotSQL is the statement that reads the newest tasks for a watcher.
func SnapshotSQL(f Filter, limit int) (query string, args []any) { return f.newest(limit) }
