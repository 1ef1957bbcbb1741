package extract_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/internal/document/extract"
)

// childMark in the environment makes the test binary the child process.
const childMark = "TASKWIRE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch mode, isChild := os.LookupEnv(childMark); {
	case mode == "parent":
		os.Exit(runParent())
	case isChild:
		os.Exit(runChild(mode))
	}
	goleak.VerifyTestMain(m)
}

// runParent is a process that extracts a file in a child which never ends, and
// prints the child's id.
func runParent() int {
	e := &extract.Extractor{Command: []string{os.Args[0]}, Env: []string{childMark + "=hang"}, Limits: extract.DefaultLimits()}
	_, err := e.Extract(context.Background(), extract.Source{Content: strings.NewReader("x")}, func(p extract.Progress) {
		_, _ = fmt.Fprintln(os.Stdout, p.Done)
	})
	_, _ = fmt.Fprintln(os.Stderr, err)
	return 1
}

// runChild is the child process, well-behaved or not.
func runChild(mode string) int {
	switch mode {
	case "panic":
		return extract.RunChild(context.Background(), os.Args[1:], panicking{}, os.Stdout)
	case "environ":
		_, _ = fmt.Fprintf(os.Stdout, `{"document":{"format":"text","title":%q}}`, strings.Join(os.Environ(), " "))
	case "fatal":
		debug.SetMaxStack(1 << 20)
		var deep func(int) int
		deep = func(n int) int { return deep(n+1) + 1 }
		return deep(0)
	case "garbage":
		_, _ = fmt.Fprintln(os.Stdout, "runtime: this is not JSON")
	case "silent":
	case "killed":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	case "hang":
		_, _ = fmt.Fprintln(os.Stdout, `{"progress":{"done":`+strconv.Itoa(os.Getpid())+`,"total":2}}`)
		for n := 0; ; n++ {
			runtime.Gosched()
		}
	case "greedy":
		var kept [][]byte
		for {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = byte(i)
			}
			if kept = append(kept, block); len(kept) > 64<<10 {
				return 1
			}
		}
	default:
		return extract.RunChild(context.Background(), os.Args[1:], os.Stdin, os.Stdout)
	}
	return 0
}

// panicking is a file whose reading hits a fault of ours.
type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("fault") }
