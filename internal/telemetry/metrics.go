package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/taskwire/taskwire/taskq"
)

// Tasks is the part of [taskq.Client] that the metrics need.
type Tasks interface {
	Feed
	Depths(ctx context.Context) ([]taskq.Depth, error)
	Workers(ctx context.Context) ([]taskq.Worker, error)
}

var _ Tasks = (*taskq.Client)(nil)

const (
	scrapeTimeout = 5 * time.Second
	// What was read for one scrape serves those that come within this time: scraping must not load the database.
	scrapeCache = 2 * time.Second
)

// NewMetrics serves what a Prometheus server scrapes: the work that is there, by type and state, the workers, the feed of
// changes, this process, and what more there is to collect.
func NewMetrics(tasks Tasks, sockets Sockets, log *slog.Logger, more ...prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newTaskCollector(tasks, log), newFeedCollector(tasks, sockets),
	)
	registry.MustRegister(more...)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * scrapeTimeout})
}

// taskCollector reads the tables at each scrape: the numbers are the system's, whichever process is asked.
type taskCollector struct {
	tasks  Tasks
	log    *slog.Logger
	cache  chan cached // holds the one value there is; taking it is the lock
	depth  *prometheus.Desc
	oldest *prometheus.Desc
	worker *prometheus.Desc
}

type cached struct {
	at      time.Time
	depths  []taskq.Depth
	workers int
}

func newTaskCollector(tasks Tasks, log *slog.Logger) *taskCollector {
	c := &taskCollector{
		tasks: tasks, log: log, cache: make(chan cached, 1),
		depth:  prometheus.NewDesc("taskwire_tasks", "Tasks that have not ended, by type and by what they are at.", []string{"type", "state"}, nil),
		oldest: prometheus.NewDesc("taskwire_oldest_ready_seconds", "How long the oldest task that is ready has been waiting for a worker.", []string{"type"}, nil),
		worker: prometheus.NewDesc("taskwire_workers", "Workers that are alive.", nil, nil),
	}
	c.cache <- cached{}
	return c
}

// Describe implements [prometheus.Collector].
func (c *taskCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.depth
	descriptions <- c.oldest
	descriptions <- c.worker
}

// Collect implements [prometheus.Collector]. When the database does not answer, the metrics of tasks are missing.
func (c *taskCollector) Collect(metrics chan<- prometheus.Metric) {
	now, err := c.read()
	if err != nil {
		c.log.Warn("the metrics of tasks cannot be read", "error", err)
		return
	}
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	for _, d := range now.depths {
		for state, n := range map[string]int{
			"ready": d.Ready, "scheduled": d.Scheduled, "blocked": d.Blocked, "running": d.Running, "stalled": d.Stalled,
		} {
			gauge(c.depth, float64(n), string(d.Type), state)
		}
		gauge(c.oldest, d.OldestReady, string(d.Type))
	}
	gauge(c.worker, float64(now.workers))
}

func (c *taskCollector) read() (cached, error) {
	latest := <-c.cache
	defer func() { c.cache <- latest }()
	if time.Since(latest.at) < scrapeCache {
		return latest, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	depths, err := c.tasks.Depths(ctx)
	if err != nil {
		return cached{}, err
	}
	workers, err := c.tasks.Workers(ctx)
	if err != nil {
		return cached{}, err
	}
	latest = cached{at: time.Now(), depths: depths, workers: len(workers)}
	return latest, nil
}
