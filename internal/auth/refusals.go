package auth

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// refusals count whom the guard did not let in or held back, by the code of the error.
type refusals struct{ *prometheus.CounterVec }

func newRefusals() refusals {
	r := refusals{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "taskwire_refused_total", Help: "Requests, websockets and subscriptions that were refused, by the code of the error.",
	}, []string{"code"})}
	for _, code := range []string{CodeUnauthenticated, CodeForbidden, CodeRateLimited, CodeUnavailable} {
		r.WithLabelValues(code) // there from the start, so that a rate has something to begin with
	}
	return r
}

// count counts err, if it is a refusal, and returns it.
func (r refusals) count(err error) error {
	if known := (*Error)(nil); errors.As(err, &known) && known != nil {
		r.WithLabelValues(known.Code).Inc()
	}
	return err
}

// Describe implements [prometheus.Collector].
func (g *Guard) Describe(descriptions chan<- *prometheus.Desc) { g.refusals.Describe(descriptions) }

// Collect implements [prometheus.Collector].
func (g *Guard) Collect(metrics chan<- prometheus.Metric) { g.refusals.Collect(metrics) }

var _ prometheus.Collector = (*Guard)(nil)
