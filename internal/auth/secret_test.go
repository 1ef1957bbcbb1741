package auth

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsAreRandomAndChecked(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^tw_[0-9A-Za-z]{33}$`)
	seen := map[string]bool{}
	for range 1_000 {
		secret := newSecret()
		require.Regexp(t, form, secret)
		require.False(t, seen[secret])
		seen[secret] = true
		_, err := hashSecret(secret)
		require.NoError(t, err)
	}
}

func TestATypoIsNoticed(t *testing.T) {
	t.Parallel()
	secret := newSecret()
	for i := len(secretPrefix); i < len(secret); i++ {
		other := "x"
		if secret[i] == 'x' {
			other = "y"
		}
		_, err := hashSecret(secret[:i] + other + secret[i+1:])
		require.ErrorIs(t, err, errMistyped, "at %d", i)
	}
	for _, wrong := range []string{"", "tw_", secret[:len(secret)-1], secret + "0", "TW_" + secret[3:], strings.Repeat("x", len(secret))} {
		_, err := hashSecret(wrong)
		require.ErrorIs(t, err, errMistyped, wrong)
	}
}

func FuzzHashSecret(f *testing.F) {
	f.Add("tw_")
	f.Add(newSecret())
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := hashSecret(text); err == nil {
			require.True(t, isSecret(text))
			require.Len(t, text, secretLength)
		}
	})
}
