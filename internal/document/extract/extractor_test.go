package extract_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document/extract"
)

// newExtractor runs this test binary as the child; mode chooses how it behaves.
func newExtractor(t *testing.T, mode string) *extract.Extractor {
	t.Helper()
	// Compiling the PDF reader takes long with the race detector: once for each user, not once for each test.
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	return &extract.Extractor{
		Command:  []string{os.Args[0]},
		Env:      []string{childMark + "=" + mode},
		CacheDir: filepath.Join(cache, "taskwire", "test-extract"),
		Timeout:  5 * time.Minute,
	}
}

// extractString reads content under a name.
func extractString(t *testing.T, name, content string) (extract.Document, error) {
	t.Helper()
	return newExtractor(t, "").Extract(t.Context(), extract.Source{Content: strings.NewReader(content), Name: name}, nil)
}

// requireCode checks that err explains itself to a person.
func requireCode(t *testing.T, err error, code extract.Code) {
	t.Helper()
	var known *extract.Error
	require.ErrorAs(t, err, &known)
	require.Equal(t, code, known.Code, "%s: %v", known.Message, known.Detail)
	require.Regexp(t, `^[A-Z].*[.)]$`, known.Message)
}

func TestExtractHandsAFileToTheChild(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "note")
	require.NoError(t, os.WriteFile(path, []byte("skipped\nOne.\n\nTwo."), 0o600))
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	_, err = file.Seek(int64(len("skipped\n")), 0)
	require.NoError(t, err)

	document, err := newExtractor(t, "").Extract(t.Context(), extract.Source{Content: file, Name: "note.txt"}, nil)
	require.NoError(t, err)
	require.Equal(t, extract.FormatText, document.Format)
	require.Equal(t, []extract.Block{{Kind: extract.KindParagraph, Text: "One."}, {Kind: extract.KindParagraph, Text: "Two."}}, document.Blocks)
}

func TestExtractKeepsTheChildFromTheEnvironment(t *testing.T) {
	t.Setenv("TASKWIRE_TEST_SECRET", "hunter2")
	document, err := newExtractor(t, "environ").Extract(t.Context(), extract.Source{Content: strings.NewReader("x"), Name: "a.txt"}, nil)
	require.NoError(t, err)
	require.NotContains(t, document.Title, "hunter2")
	require.Contains(t, document.Title, "GOMEMLIMIT")
}

func TestExtractExplainsTheEndOfTheChild(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		code        extract.Code
		isPermanent bool
	}{
		"panic":   {extract.CodeCrashed, true},
		"fatal":   {extract.CodeCrashed, true},
		"garbage": {extract.CodeCrashed, true},
		"silent":  {extract.CodeCrashed, true},
		"killed":  {extract.CodeInterrupted, false},
	}
	for mode, want := range cases {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			_, err := newExtractor(t, mode).Extract(t.Context(), extract.Source{Content: strings.NewReader("x"), Name: "a.txt"}, nil)
			requireCode(t, err, want.code)
			var known *extract.Error
			require.ErrorAs(t, err, &known)
			require.Equal(t, want.isPermanent, known.IsPermanent())
		})
	}
}

func TestExtractEndsAChildThatTakesTooLong(t *testing.T) {
	t.Parallel()
	e := newExtractor(t, "hang")
	e.Timeout = 100 * time.Millisecond
	_, err := e.Extract(t.Context(), extract.Source{Content: strings.NewReader("x"), Name: "a.txt"}, nil)
	requireCode(t, err, extract.CodeTimeout)
}

func TestExtractEndsAChildThatTakesTooMuchMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is watched on Linux only")
	}
	e := newExtractor(t, "greedy")
	e.MemoryBytes = 128 << 20
	_, err := e.Extract(t.Context(), extract.Source{Content: strings.NewReader("x"), Name: "a.txt"}, nil)
	requireCode(t, err, extract.CodeTooLarge)
}

func TestExtractKillsTheChildWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := errors.New("cancelled by a person")
	started := func(extract.Progress) { cancel(asked) }
	_, err := newExtractor(t, "hang").Extract(ctx, extract.Source{Content: strings.NewReader("x"), Name: "a.txt"}, started)
	require.ErrorIs(t, err, asked)
}

func TestExtractReportsStorageThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk error")
	_, err := newExtractor(t, "").Extract(t.Context(), extract.Source{Content: iotest.ErrReader(broken), Name: "a.txt"}, nil)
	require.ErrorIs(t, err, broken)
}

func TestExtractWithoutItsProgram(t *testing.T) {
	t.Parallel()
	e := &extract.Extractor{Command: []string{filepath.Join(t.TempDir(), "missing")}}
	_, err := e.Extract(t.Context(), extract.Source{Content: strings.NewReader("x")}, nil)
	requireCode(t, err, extract.CodeInterrupted)
}

func TestExtractHoldsTheLimits(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		name, content string
		limit         func(*extract.Limits)
	}{
		"input": {"a.txt", "123456", func(l *extract.Limits) { l.InputBytes = 5 }},
		"text":  {"a.txt", "äöüß", func(l *extract.Limits) { l.TextRunes = 3 }},
		"zero":  {"a.html", strings.Repeat("x", 100<<20+1), func(l *extract.Limits) { *l = extract.Limits{} }},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newExtractor(t, "")
			e.Limits = extract.DefaultLimits()
			test.limit(&e.Limits)
			_, err := e.Extract(t.Context(), extract.Source{Content: strings.NewReader(test.content), Name: test.name}, nil)
			requireCode(t, err, extract.CodeTooLarge)
		})
	}
}
