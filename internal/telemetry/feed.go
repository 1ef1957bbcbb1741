package telemetry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// Sockets counts the websockets of this server, and by reason those that were closed.
type Sockets interface {
	Sockets() (open int, closed map[string]int64)
}

// feedCollector tells how well changes reach those who watch: what this process knows by itself also while the database
// does not answer.
type feedCollector struct {
	feed    Feed
	sockets Sockets

	watchers, lag, listening, reconnects, backstop, resyncs *prometheus.Desc
	queue, xminAge, statsLag                                *prometheus.Desc
	open, closed                                            *prometheus.Desc
}

func newFeedCollector(feed Feed, sockets Sockets) *feedCollector {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("taskwire_"+name, help, labels, nil)
	}
	return &feedCollector{
		feed: feed, sockets: sockets,
		watchers:   describe("feed_watchers", "Distinct subscriptions to tasks in this process."),
		lag:        describe("feed_lag_seconds", "How long ago the feed of this process knew of every change; 0 while nobody watches."),
		listening:  describe("feed_listening", "Whether PostgreSQL notifies this process, 1, or it polls each second, 0."),
		reconnects: describe("feed_reconnects_total", "How often the LISTEN connection was restored."),
		backstop:   describe("feed_backstop_hits_total", "How often a poll found changes of which no notification had told."),
		resyncs:    describe("feed_resyncs_total", "Subscriptions that were ended for being too far behind."),
		queue:      describe("notification_queue_usage_ratio", "How full the notification queue of PostgreSQL is, 0 to 1."),
		xminAge:    describe("listener_xmin_age_transactions", "For how many transactions a LISTEN connection of any process has held back vacuum."),
		statsLag:   describe("stats_lag_seconds", "How old the oldest event is that the statistics do not count yet."),
		open:       describe("websockets", "Websockets that are open."),
		closed:     describe("websockets_closed_total", "Websockets that were closed, by close code or reason.", "reason"),
	}
}

// Describe implements [prometheus.Collector].
func (c *feedCollector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.watchers, c.lag, c.listening, c.reconnects, c.backstop, c.resyncs, c.queue, c.xminAge, c.statsLag, c.open, c.closed,
	} {
		descriptions <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *feedCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	health, err := c.feed.FeedHealth(ctx)
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	listening := 0.0
	if health.Listening {
		listening = 1
	}
	send(c.watchers, prometheus.GaugeValue, float64(health.Watchers))
	send(c.lag, prometheus.GaugeValue, health.Lag.Seconds())
	send(c.listening, prometheus.GaugeValue, listening)
	send(c.reconnects, prometheus.CounterValue, float64(health.Reconnects))
	send(c.backstop, prometheus.CounterValue, float64(health.BackstopHits))
	send(c.resyncs, prometheus.CounterValue, float64(health.Resyncs))
	if err == nil {
		send(c.queue, prometheus.GaugeValue, health.QueueUsage)
		send(c.xminAge, prometheus.GaugeValue, float64(health.ListenerXminAge))
		send(c.statsLag, prometheus.GaugeValue, health.StatsLag.Seconds())
	}
	open, closed := c.sockets.Sockets()
	send(c.open, prometheus.GaugeValue, float64(open))
	for reason, n := range closed {
		send(c.closed, prometheus.CounterValue, float64(n), reason)
	}
}
