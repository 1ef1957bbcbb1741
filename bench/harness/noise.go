package harness

import (
	"os"
	"time"
)

// Noise tells how much of the machine others use meanwhile: with more than a fifth of a core, latencies say little.
type Noise struct {
	server *Server
	began  time.Time
	others time.Duration
}

// Listen begins to listen.
func (s *Server) Listen() Noise {
	return Noise{server: s, began: time.Now(), others: s.others()}
}

// Cores returns how many cores others used since, on average.
func (n Noise) Cores() float64 {
	return max(0, (n.server.others()-n.others).Seconds()/time.Since(n.began).Seconds())
}

// others is the CPU time that is neither this process's, nor its children's, nor the server's.
func (s *Server) others() time.Duration {
	own := TreeCPU(os.Getpid())
	if s.postmaster > 0 {
		own += TreeCPU(s.postmaster)
	}
	return busyCPU() - own
}
