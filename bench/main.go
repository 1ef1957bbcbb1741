// Command bench measures Taskwire beside other systems, on one machine in one run: figures of different machines, or of
// one machine at different times, say little about each other.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/taskwire/taskwire/bench/api"
	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live"
	"github.com/taskwire/taskwire/bench/live/crowd"
	"github.com/taskwire/taskwire/bench/queue"
	"github.com/taskwire/taskwire/bench/queue/outside"
)

// suites are what can be run, in the order in which they run when none is named.
func suites() []harness.Suite {
	return []harness.Suite{queue.Suite(), live.Suite(), api.Suite()}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == crowd.Argument {
		if err := crowd.Run(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "crowd:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == outside.Argument {
		if err := outside.Run(os.Args[2], os.Stdin); err != nil {
			fmt.Fprintln(os.Stderr, "outside:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures what args ask for. Figures go to stdout, the course of things to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	options, names, err := parse(args, stderr)
	if err != nil {
		return err
	}
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	options.Figures, options.Course = stdout, stderr
	return harness.Run(ctx, chosen, options)
}

// parse takes flags before and after the names of suites.
func parse(args []string, stderr io.Writer) (o harness.Options, names []string, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.Quick, "quick", false, "one short round of everything: ends within a minute, and is as rough as that")
	flags.BoolVar(&o.JSON, "json", false, "print one JSON object a figure instead of a table")
	flags.IntVar(&o.Rounds, "rounds", 0, "rounds of each case, whose median counts (default 3; with -quick 1)")
	flags.StringVar(&o.Cases, "run", "", "only the cases that match this regular `expression`")
	flags.StringVar(&o.Peers, "peers", "", "only the peers that match this regular `expression`")
	flags.StringVar(&o.CPUProfile, "cpuprofile", "", "write a CPU profile of this process to a `file`")
	flags.Usage = func() { usage(flags) }
	for {
		if err := flags.Parse(args); err != nil {
			return o, nil, err
		}
		if flags.NArg() == 0 {
			return o, names, nil
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
}

func usage(flags *flag.FlagSet) {
	out := flags.Output()
	fmt.Fprint(out, "go run . [suite ...] [flags]\n\nSuites (all of them when none is named):\n")
	for _, s := range suites() {
		fmt.Fprintf(out, "  %-10s %s\n", s.Name, s.About)
	}
	fmt.Fprint(out, "\nDATABASE_URL names the PostgreSQL to use; without it a private, durable one is started.\n\nFlags:\n")
	flags.PrintDefaults()
}

func choose(names []string) ([]harness.Suite, error) {
	all := suites()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []harness.Suite
	for _, name := range names {
		found := false
		for _, s := range all {
			if s.Name == name {
				chosen, found = append(chosen, s), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no suite %q; -help lists them", strings.ToValidUTF8(name, "?"))
		}
	}
	return chosen, nil
}
