package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyKnownHostsAreServedWithoutAuthentication(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.0.0.1": true, "[::1]:8080": true, "[::1]": true, "localhost": true, "LOCALHOST:80": true,
		"tasks.localhost:8080": true, "localhost.": true, "tasks.example:443": true, "tasks.example": true,
		"evil.example:8080": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "": false, "tasks.example.evil": false,
	} {
		require.Equal(t, want, isKnownHost(host, []string{"tasks.example"}), host)
	}
}
