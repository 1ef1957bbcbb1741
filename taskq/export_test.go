package taskq

import "time"

// Hurry shortens the engine's clockwork, so that tests of what happens after a while need not wait that long.
func (c *Config) Hurry() {
	c.timing = defaultTiming()
	c.timing.heartbeat = 100 * time.Millisecond
	c.timing.deadAfter = time.Second
	c.timing.fenceAfter = 800 * time.Millisecond
	c.timing.cancelGrace = 500 * time.Millisecond
	c.timing.maintenance = 50 * time.Millisecond
	c.timing.progress = 20 * time.Millisecond
	c.timing.poll = 200 * time.Millisecond
}
