package embedded

import (
	"fmt"
	"log/slog"
	"time"
)

const progressEvery = 2 * time.Second

// progress logs how far a download has come, every few seconds.
type progress struct {
	logger *slog.Logger
	total  int64 // bytes; unknown if not positive
	done   int64
	next   time.Time
}

func (p *progress) Write(data []byte) (int, error) {
	p.done += int64(len(data))
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(progressEvery)
		p.logger.Info("fetching PostgreSQL", "progress", p.String())
	}
	return len(data), nil
}

func (p *progress) String() string {
	done := float64(p.done) / megabyte
	if p.total <= 0 {
		return fmt.Sprintf("%.1f MB", done)
	}
	return fmt.Sprintf("%.1f of %.1f MB", done, float64(p.total)/megabyte)
}
