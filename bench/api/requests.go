package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

const clients = 8

// requests has eight clients ask each server in turn for the first page, as fast as they get it.
func (b *bench) requests(ctx context.Context) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	perSecond := make([][]float64, len(b.servers))
	duration := harness.Pick(b.Quick, time.Second, 5*time.Second)
	for range b.Rounds {
		for i, s := range b.servers {
			if _, err := s.ask(ctx, duration/4); err != nil { // warm up
				return err
			}
			n, err := s.ask(ctx, duration)
			if err != nil {
				return err
			}
			perSecond[i] = append(perSecond[i], float64(n)/duration.Seconds())
			b.Logf("  %-16s %8.0f requests/s", s.Name(), perSecond[i][len(perSecond[i])-1])
		}
	}
	f := harness.Figure{Name: "tasks(first: 50), 8 clients", Unit: "requests/s", Value: harness.Median(perSecond[0])}
	if len(perSecond) > 1 {
		f = f.Against(peers.Postgraphile, harness.Median(perSecond[1])).RatioAtLeast(3)
	}
	return b.Report(f)
}

// ask returns how many answers the clients got.
func (s *server) ask(ctx context.Context, duration time.Duration) (int64, error) {
	body, err := json.Marshal(map[string]string{"query": s.query})
	if err != nil {
		return 0, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var answered atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	end := time.Now().Add(duration)
	for range clients {
		group.Go(func() error {
			for time.Now().Before(end) {
				if err := s.askOnce(ctx, client, body); err != nil {
					return err
				}
				answered.Add(1)
			}
			return nil
		})
	}
	err = group.Wait()
	return answered.Load(), err
}

// askOnce holds that an answer has fifty tasks.
func (s *server) askOnce(ctx context.Context, client *http.Client, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL("http"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking %s: %w", s.Name(), err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("asking %s: %w", s.Name(), err)
	}
	if n := bytes.Count(text, []byte(`"createdAt"`)); n != 50 {
		return fmt.Errorf("%s answered with %d tasks: %.500s", s.Name(), n, text)
	}
	return nil
}
