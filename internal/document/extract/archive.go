package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// archive reads a zip file within limits. Names are compared without case and
// with forward slashes, as producers differ in both.
type archive struct {
	limits Limits
	files  map[string]*zip.File
	left   int64 // bytes that may still be unpacked
}

func openArchive(data []byte, limits Limits) (*archive, error) {
	reader, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, malformed("file", err)
	}
	if limits.Entries > 0 && len(reader.File) > limits.Entries {
		return nil, tooLarge("The file is an archive of more than %d entries, too many to be read.", limits.Entries)
	}
	a := &archive{limits: limits, files: make(map[string]*zip.File, len(reader.File)), left: limits.UncompressedBytes}
	for _, file := range reader.File {
		name := entryName(file.Name)
		if _, isThere := a.files[name]; !isThere {
			a.files[name] = file
		}
	}
	return a, nil
}

func entryName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (a *archive) has(name string) bool {
	return a.files[entryName(name)] != nil
}

// open returns an entry whose reads fail with CodeTooLarge past the limits,
// whatever size its header claims.
func (a *archive) open(name string) (io.ReadCloser, error) {
	file := a.files[entryName(name)]
	if file == nil {
		return nil, malformed("file", fmt.Errorf("archive has no entry %q", name))
	}
	if file.Flags&1 != 0 {
		return nil, encrypted("file")
	}
	content, err := file.Open()
	if err != nil {
		return nil, malformed("file", err)
	}
	return &entry{archive: a, content: content, left: a.limits.EntryBytes}, nil
}

// read returns a whole small entry.
func (a *archive) read(name string) ([]byte, error) {
	content, err := a.open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(content)
	return data, errors.Join(err, content.Close())
}

// entry is one unpacked entry, counted against its own and the archive's limit.
type entry struct {
	archive *archive
	content io.ReadCloser
	left    int64
}

// Close implements io.Closer.
func (e *entry) Close() error { return e.content.Close() }

// Read implements io.Reader.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.content.Read(p)
	e.left -= int64(n)
	e.archive.left -= int64(n)
	limits := e.archive.limits
	if limits.EntryBytes > 0 && e.left < 0 || limits.UncompressedBytes > 0 && e.archive.left < 0 {
		return 0, tooLarge("The file unpacks to more than %d MB and can't be read. Split it into smaller files.", limits.EntryBytes>>20)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = malformed("file", err)
	}
	return n, err
}

// detectArchive goes by what is inside: the type of the main part for Office
// files, the mimetype entry for OpenDocument and EPUB.
func detectArchive(in input) (Format, error) {
	a, err := openArchive(in.data, DefaultLimits())
	if err != nil {
		return "", err
	}
	if a.has("[Content_Types].xml") {
		return detectOffice(a)
	}
	if a.has("META-INF/container.xml") {
		return "", unsupported("EPUB books")
	}
	if a.has("mimetype") {
		return "", detectOpenDocument(a)
	}
	return "", unsupported("Archives (zip)")
}

func detectOffice(a *archive) (Format, error) {
	types, err := a.read("[Content_Types].xml")
	if err != nil {
		return "", err
	}
	switch list := strings.ToLower(string(types)); {
	case strings.Contains(list, "wordprocessingml.document.main"), strings.Contains(list, "wordprocessingml.template.main"),
		strings.Contains(list, "ms-word.document.macroenabled.main"), strings.Contains(list, "ms-word.template.macroenabledtemplate.main"):
		return FormatDOCX, nil
	case strings.Contains(list, "presentationml"), strings.Contains(list, "ms-powerpoint"):
		return "", unsupported("PowerPoint files")
	case strings.Contains(list, "spreadsheetml"), strings.Contains(list, "ms-excel"):
		return "", unsupported("Excel files")
	case strings.Contains(list, "visio"):
		return "", unsupported("Visio files")
	default:
		return "", unsupported("Office files of this kind")
	}
}

func detectOpenDocument(a *archive) error {
	kind, err := a.read("mimetype")
	if err != nil {
		return err
	}
	switch {
	case bytes.Contains(kind, []byte("opendocument.text")):
		return unsupported("OpenDocument text files (.odt)")
	case bytes.Contains(kind, []byte("opendocument.spreadsheet")):
		return unsupported("OpenDocument spreadsheets (.ods)")
	case bytes.Contains(kind, []byte("opendocument.presentation")):
		return unsupported("OpenDocument presentations (.odp)")
	case bytes.Contains(kind, []byte("epub")):
		return unsupported("EPUB books")
	default:
		return unsupported("Files of this kind")
	}
}
