package upload

import (
	"net/http"
	"time"
)

// BodyTimeout is how long a client may take to send a body without files.
const BodyTimeout = 30 * time.Second

// LimitBody gives each request this long for its body. Who has read one lifts it. For a request that is refused it
// stays, since the server itself goes on reading, to keep the connection.
func LimitBody(timeout time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setReadDeadline(w, time.Now().Add(timeout))
		next.ServeHTTP(w, r)
	})
}

// LiftLimit ends the deadline of a body that was read. Otherwise it would end the request: the server goes on reading to
// see the client leave.
func LiftLimit(w http.ResponseWriter) { setReadDeadline(w, time.Time{}) }

// setReadDeadline does nothing where the connection has no deadlines, as in a test's recorder.
func setReadDeadline(w http.ResponseWriter, t time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(t)
}
