package transport

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func FuzzDecodeMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type": "ping"}`, `{"id": "1", "type": "subscribe", "payload": {"query": "{ a }"}}`, `{"type": "subscribe"}`, `[]`, `{"id": null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeMessage(data)
		if err != nil {
			return
		}
		_, _ = m.object() // whether it is one does not matter: it must not panic
		if params, err := m.params(); err == nil {
			require.NotEmpty(t, params.Query)
		}
		if m.Type == messageSubscribe {
			require.NotEmpty(t, m.ID)
		}
	})
}

func TestRateHoldsTwoSecondsWorth(t *testing.T) {
	t.Parallel()
	r := newRate(2)
	now := time.Unix(0, 0)
	for range 4 {
		require.True(t, r.take(now))
	}
	require.False(t, r.take(now))
	require.True(t, r.take(now.Add(time.Second/2)))
	require.False(t, r.take(now.Add(time.Second/2)))
	for range 4 {
		require.True(t, r.take(now.Add(time.Hour)))
	}
	require.False(t, r.take(now.Add(time.Hour)))
}
