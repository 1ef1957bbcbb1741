package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/taskq"
)

// The benchmarks of this file measure what a websocket costs and how fast a change reaches all of them. The clients are a
// process of their own: this test's program again, with watchersEnv set.
const watchersEnv = "TASKWIRE_TEST_WATCHERS"

// BenchmarkFanOut has one change at a time reach many websockets with the same subscription.
func BenchmarkFanOut(b *testing.B) {
	for _, sockets := range []int{1_000, 3_000, 10_000} {
		b.Run(fmt.Sprintf("sockets=%d", sockets), func(b *testing.B) {
			f := startFanOut(b, sockets)
			var last time.Duration
			for b.Loop() {
				f.change()
				_, slowest := f.heard(1)
				last += slowest
			}
			f.reportCost()
			b.ReportMetric(float64(last.Microseconds())/1e3/float64(b.N), "ms/last")
		})
	}
}

// BenchmarkLatency has 200 changes a second reach 100 websockets.
func BenchmarkLatency(b *testing.B) {
	f := startFanOut(b, 100)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for b.Loop() {
		<-ticker.C
		f.change()
	}
	latencies, _ := f.heard(b.N)
	f.reportCost()
	b.ReportMetric(float64(quantile(latencies, 0.50))/1e3, "ms/p50")
	b.ReportMetric(float64(quantile(latencies, 0.99))/1e3, "ms/p99")
}

// fanOut is a server and a process of clients that watch it.
type fanOut struct {
	*testing.B
	tasks   *taskq.Client
	sockets int
	reports chan []int64 // of each change that came everywhere

	before, after footprint // without and with the sockets
	cpu           time.Duration
	changes       int
}

func startFanOut(b *testing.B, sockets int) *fanOut {
	b.Helper()
	db := dbtest.New(b)
	quiet := slog.New(slog.DiscardHandler)
	tasks := taskq.New(db.DB, taskq.Config{DSN: db.DSN, Logger: quiet})
	require.NoError(b, tasks.Start(context.Background()))
	b.Cleanup(func() { tasks.Stop(context.Background()) })
	api, err := graph.NewHandler(graph.Options{Tasks: access.NewTasks(tasks), Logger: quiet})
	require.NoError(b, err)
	server := httptest.NewServer(api)
	b.Cleanup(server.Close)
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = api.Shutdown(ctx) // the clients were killed
	})
	before := measure()
	f := &fanOut{B: b, tasks: tasks, sockets: sockets}
	f.change()
	f.watch("ws" + strings.TrimPrefix(server.URL, "http"))
	f.before, f.after = before, measure()
	return f
}

// watch starts the process of clients and waits until all of them watch.
func (f *fanOut) watch(url string) {
	f.Helper()
	clients := exec.Command(os.Args[0]) //nolint:gosec // this program
	clients.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", watchersEnv, f.sockets, url))
	clients.Stderr = f.Output()
	output, err := clients.StdoutPipe()
	require.NoError(f, err)
	require.NoError(f, clients.Start())
	f.Cleanup(func() {
		_ = clients.Process.Kill()
		_ = clients.Wait() // killed
	})
	reports := bufio.NewScanner(output)
	reports.Buffer(nil, 64<<20)
	require.True(f, reports.Scan())
	require.Equal(f, "connected", reports.Text())
	f.reports = make(chan []int64, 100_000) // clients that wait to report would not read
	go func() {
		defer close(f.reports)
		for reports.Scan() {
			var latencies []int64
			if json.Unmarshal(reports.Bytes(), &latencies) == nil {
				f.reports <- latencies
			}
		}
	}()
	f.heard(1) // of the change that was there before: everybody watches
	f.cpu, f.changes = cpuTime(), 0
}

// change makes a task that tells when it was made.
func (f *fanOut) change() {
	f.Helper()
	_, err := f.tasks.Enqueue(context.Background(), taskq.NewTask{Type: embed, Description: strconv.FormatInt(time.Now().UnixMicro(), 10)})
	require.NoError(f, err)
	f.changes++
}

// heard waits until that many changes have come everywhere, and returns after how many µs each did, and the longest.
func (f *fanOut) heard(changes int) (latencies []int64, slowest time.Duration) {
	f.Helper()
	for range changes {
		of, ok := <-f.reports
		require.True(f, ok, "the clients ended")
		latencies = append(latencies, of...)
	}
	return latencies, time.Duration(quantile(latencies, 1)) * time.Microsecond
}

func quantile(values []int64, q float64) int64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[int(q*float64(len(sorted)-1))]
}

// footprint is what a process takes.
type footprint struct{ goroutines, inUse, resident int }

func measure() footprint {
	runtime.GC()
	runtime.GC() // stacks shrink by half at a time
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footprint{goroutines: runtime.NumGoroutine(), inUse: int(m.HeapInuse + m.StackInuse)}
	status, _ := os.ReadFile("/proc/self/statm") // only where there is one
	if fields := strings.Fields(string(status)); len(fields) > 1 {
		pages, _ := strconv.Atoi(fields[1])
		f.resident = pages * os.Getpagesize()
	}
	return f
}

// cpuTime is what this process has used of the processors: unlike the time that passes, it does not tell of other work.
// Zero where there is no /proc.
func cpuTime() time.Duration {
	const userField, tick = 13, 10 * time.Millisecond
	stat, _ := os.ReadFile("/proc/self/stat")
	fields := strings.Fields(string(stat))
	if len(fields) <= userField+1 {
		return 0
	}
	user, _ := strconv.Atoi(fields[userField])
	system, _ := strconv.Atoi(fields[userField+1])
	return time.Duration(user+system) * tick
}

func (f *fanOut) reportCost() {
	n := float64(f.sockets)
	f.ReportMetric(float64((cpuTime()-f.cpu).Nanoseconds())/1e3/n/float64(f.changes), "µs-cpu/message")
	f.ReportMetric(float64(f.after.goroutines-f.before.goroutines)/n, "goroutines/socket")
	f.ReportMetric(float64(f.after.inUse-f.before.inUse)/n/1e3, "kB/socket")
	f.ReportMetric(float64(f.after.resident-f.before.resident)/n/1e3, "kB-resident/socket")
}

// runWatchers is the process of clients: it prints "connected", and for each change that came everywhere after how many
// µs it came to each.
func runWatchers(order string) {
	var n int
	var url string
	_, err := fmt.Sscan(order, &n, &url)
	exitOn(err)
	w := &watchers{n: n, told: map[int64][]int64{}}
	var dialling sync.WaitGroup
	turns := make(chan struct{}, 64)
	for range n {
		turns <- struct{}{}
		dialling.Go(func() {
			conn := watchFrom(url)
			<-turns
			go w.listen(conn)
		})
	}
	dialling.Wait()
	fmt.Println("connected")
	select {}
}

func watchFrom(url string) *websocket.Conn {
	dialer := websocket.Dialer{Subprotocols: []string{protocol}, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
	conn, _, err := dialer.Dial(url, nil)
	exitOn(err)
	exitOn(conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)))
	_, _, err = conn.ReadMessage()
	exitOn(err)
	exitOn(conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": watchersQuery}}))
	return conn
}

const watchersQuery = `subscription { taskUpdated(snapshot: true) { kind taskId cursor event { kind from to at }
	task { id type status description progress progressMessage version createdAt startedAt waitingFor } } }`

// watchers counts to how many clients a change has come.
type watchers struct {
	n    int
	mu   sync.Mutex
	told map[int64][]int64 // guarded by mu: µs from each change to each client that heard of it
}

func (w *watchers) listen(conn *websocket.Conn) {
	for {
		_, message, err := conn.ReadMessage()
		now := time.Now().UnixMicro()
		exitOn(err)
		_, text, ok := strings.Cut(string(message), `"description":"`)
		if !ok {
			exitOn(fmt.Errorf("no update: %s", message))
		}
		text, _, _ = strings.Cut(text, `"`)
		at, err := strconv.ParseInt(text, 10, 64)
		exitOn(err)
		w.count(at, now-at)
	}
}

func (w *watchers) count(change, latency int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[change] = append(w.told[change], latency)
	if of := w.told[change]; len(of) == w.n {
		delete(w.told, change)
		line, _ := json.Marshal(of)
		fmt.Printf("%s\n", line)
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "watchers:", err)
		os.Exit(1)
	}
}
