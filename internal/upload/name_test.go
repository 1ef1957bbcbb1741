package upload_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/upload"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"handbook.pdf":             "handbook.pdf",
		"../../etc/passwd":         "passwd",
		`..\..\windows\system.ini`: "system.ini",
		"/absolute":                "absolute",
		"":                         "upload",
		".":                        "upload",
		"a/..":                     "upload",
		"dir/":                     "upload",
		"\tspaces .txt\n":          "spaces .txt",
		"dir/ spaces":              "spaces",
		"line\r\nbreak":            "linebreak",
		"nul\x00.exe":              "nul.exe",
		"gpj\u202eexe.txt":         "gpjexe.txt",
		"bad\xff.txt":              "bad\uFFFD.txt",
		"日本語.pdf":                  "日本語.pdf",
		".hidden":                  ".hidden",
	} {
		require.Equal(t, want, upload.CleanName(name), "%q", name)
	}
	long := upload.CleanName(strings.Repeat("é", 300) + ".pdf")
	require.LessOrEqual(t, len(long), 255)
	require.True(t, strings.HasSuffix(long, "é.pdf"))
}

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"a.txt", "../x", "\xff", strings.Repeat("é.", 300), "\u202e/\\", strings.Repeat("0", 254) + " x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := upload.CleanName(name)
		require.True(t, utf8.ValidString(clean))
		require.NotContains(t, []string{"", ".", ".."}, clean)
		require.LessOrEqual(t, len(clean), 255)
		require.NotContains(t, clean, "/")
		require.NotContains(t, clean, `\`)
		require.Equal(t, clean, upload.CleanName(clean))
	})
}
