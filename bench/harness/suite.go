// Package harness is what all suites of benchmarks share: the PostgreSQL server, rounds in turn, what they cost, and the
// report.
package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/pprof"
	"time"
)

// Suite is a set of benchmarks that is run by its name.
type Suite struct {
	Name  string
	About string // one line
	Run   func(ctx context.Context, b *Bench) error
}

// Options is what a user chooses.
type Options struct {
	Quick      bool   // everything once, short
	JSON       bool   // one object a figure, no table
	Rounds     int    // of each case; 0: 3, or 1 when quick
	Cases      string // a regular expression; empty: all
	Peers      string // likewise
	CPUProfile string // a file; empty: none

	Figures io.Writer
	Course  io.Writer // what is going on
}

// Bench is what a suite runs with.
type Bench struct {
	Server *Server
	Quick  bool
	Rounds int

	suite        string
	cases, peers *regexp.Regexp
	report       *report
	course       io.Writer
	began        time.Time
}

// Run runs suites one after the other on one server, and reports.
func Run(ctx context.Context, suites []Suite, o Options) (err error) {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	stopProfile, err := startProfile(o.CPUProfile)
	if err != nil {
		return err
	}
	b.Server, err = StartServer(ctx, b.Logf)
	if err != nil {
		return errors.Join(err, stopProfile())
	}
	noise := b.Server.Listen()
	for i := 0; i < len(suites) && err == nil; i++ {
		b.suite = suites[i].Name
		if err = suites[i].Run(ctx, b); err != nil {
			err = fmt.Errorf("suite %s: %w", b.suite, err)
		}
	}
	err = errors.Join(err, stopProfile())
	if !o.JSON {
		err = errors.Join(err, b.report.writeTable(o.Figures, fmt.Sprintf("%s; others used %.1f cores meanwhile", b.Server.describe(), noise.Cores())))
	}
	return errors.Join(err, b.Server.Stop(context.WithoutCancel(ctx)))
}

func newBench(o Options) (*Bench, error) {
	b := &Bench{Quick: o.Quick, Rounds: o.Rounds, course: o.Course, began: time.Now(), report: &report{}}
	if o.JSON {
		b.report.lines = o.Figures
	}
	if b.Rounds <= 0 {
		b.Rounds = Pick(o.Quick, 1, 3)
	}
	var err error
	if b.cases, err = regexp.Compile(o.Cases); err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	if b.peers, err = regexp.Compile(o.Peers); err != nil {
		return nil, fmt.Errorf("-peers: %w", err)
	}
	return b, nil
}

// Logf says what is going on.
func (b *Bench) Logf(format string, args ...any) {
	fmt.Fprintf(b.course, "%5.1fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// Wants reports whether the user wants a case.
func (b *Bench) Wants(name string) bool { return b.cases.MatchString(name) }

// WantsPeer reports whether the user wants a peer.
func (b *Bench) WantsPeer(name string) bool { return b.peers.MatchString(name) }

// Report adds a figure.
func (b *Bench) Report(f Figure) error {
	f.Suite = b.suite
	return b.report.add(f)
}

// Pick returns one of two values: what a quick run uses, or a whole one.
func Pick[T any](quick bool, short, whole T) T {
	if quick {
		return short
	}
	return whole
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { pprof.StopCPUProfile(); return file.Close() }, nil
}
