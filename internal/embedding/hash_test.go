package embedding_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/embedding"
)

func hash(t *testing.T, text string) []float32 {
	t.Helper()
	vectors, err := embedding.NewHash().Embed(t.Context(), []string{text}, embedding.Passage)
	require.NoError(t, err)
	require.Len(t, vectors, 1)
	require.Len(t, vectors[0], embedding.NewHash().Dim())
	return vectors[0]
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// The bits are stored in databases: a changed sum here needs a new embedder id, not a new expectation.
func TestHashIsBitIdentical(t *testing.T) {
	t.Parallel()
	text := "Crème brûlée torches — running shoes, 42 µm filters; Молоко и кофе; 東京都の天気. " + strings.Repeat("repeat ", 37)
	digest := sha256.New()
	require.NoError(t, binary.Write(digest, binary.LittleEndian, hash(t, text)))
	require.Equal(t, "e56bb1f9ae1eada4e50bdf865bee656392debc618e85945b4bdfc9212c165298", hex.EncodeToString(digest.Sum(nil)))
	require.Equal(t, "hash-v1:1024", embedding.NewHash().ID())
}

func TestHashIsUnitLength(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"one", "The quick brown fox", "the of and", "東京", strings.Repeat("x", 10_000)} {
		v := hash(t, text)
		require.InDelta(t, 1, dot(v, v), 1e-6, text)
	}
}

func TestHashOfNothingIsZero(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "  \n\t", "—!?", "'''"} {
		require.Zero(t, dot(hash(t, text), hash(t, text)), "%q", text)
	}
}

func TestHashSeesThroughForm(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"CRÈME BRÛLÉE", "creme brulee"},
		{"ﬁve ﬁlters", "five filters"},
		{"running shoes", "the run shoe"},
		{"Straße", "STRASSE"},
		{"молоко", "МОЛОКА"},
	} {
		require.InDelta(t, 1, dot(hash(t, pair[0]), hash(t, pair[1])), 1e-6, "%v", pair)
	}
}

func TestHashRanksRelatedTextsFirst(t *testing.T) {
	t.Parallel()
	query := hash(t, "leather jackets for winter")
	near := dot(query, hash(t, "Classic leather jacket, warm enough for winter days"))
	misspelt := dot(query, hash(t, "lether jaket wintr"))
	far := dot(query, hash(t, "Stainless steel water bottle with straw lid"))
	require.Greater(t, near, 0.4)
	require.Greater(t, misspelt, far+0.1)
	require.Less(t, far, 0.15)
	require.Greater(t, dot(hash(t, "東京都の天気"), hash(t, "今日の東京都は晴れ")), 0.2)
}

func FuzzHash(f *testing.F) {
	for _, seed := range []string{"", "a", "it's", "ÅÄÖ ﷺ", "\xff\xfe", "ก็ไทย", "é\u0301\u0301", "'", "<>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := hash(t, text)
		require.Equal(t, v, hash(t, text))
		length := math.Sqrt(dot(v, v))
		require.True(t, length == 0 || math.Abs(length-1) < 1e-5, "length %v", length)
	})
}
