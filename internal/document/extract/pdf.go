package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// 256 MiB read every file of a corpus of 1,167 that 512 MiB read.
const pdfMemoryPages = 4096 // of 64 KiB

// sandbox is one PDFium instance in its WebAssembly sandbox: no files, no
// environment, bounded memory. It is used for one document and thrown away,
// as an error may leave it broken.
type sandbox struct {
	pdfium.Pdfium
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

// newSandbox compiles the module, which takes seconds, or takes the machine code
// from cacheDir, which takes a tenth of one. Who can write to cacheDir runs
// code in this process, so it must belong to the service. "" means no cache.
func newSandbox(ctx context.Context, cacheDir string, prepare func(isPreparing bool)) (_ *sandbox, err error) {
	unlock, err := lockCold(cacheDir, prepare)
	if err != nil {
		return nil, fmt.Errorf("open cache of compiled code: %w", err)
	}
	defer unlock()
	p := &sandbox{}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start PDFium: %w", err), p.close(ctx))
		}
	}()
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(pdfMemoryPages)
	if cacheDir != "" {
		if p.cache, err = wazero.NewCompilationCacheWithDir(cacheDir); err != nil {
			return nil, err
		}
		config = config.WithCompilationCache(p.cache)
	}
	p.pool, err = webassembly.Init(webassembly.Config{
		Context:       experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)),
		MaxIdle:       1,
		MaxTotal:      1,
		FSConfig:      wazero.NewFSConfig(), // the default mounts /
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return nil, err
	}
	p.Pdfium, err = p.pool.GetInstance(time.Minute)
	return p, err
}

// lockCold prepares for a compilation: of many processes that find the cache
// empty, one compiles and the others wait. unlock must be called when done.
func lockCold(cacheDir string, prepare func(isPreparing bool)) (unlock func(), err error) {
	if cacheDir == "" {
		prepare(true)
		return func() {
			debug.FreeOSMemory() // compiling takes more than most files
			prepare(false)
		}, nil
	}
	if err := os.MkdirAll(cacheDir, 0o700); err != nil {
		return nil, err
	}
	if isWarm(cacheDir) {
		return func() {}, nil
	}
	prepare(true)
	file, err := os.OpenFile(filepath.Join(cacheDir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		_ = file.Close() // which unlocks
		debug.FreeOSMemory()
		prepare(false)
	}, nil
}

// isWarm reports whether compiled code is there. After an upgrade it is that of
// another version; then every process compiles for itself until one is done.
func isWarm(cacheDir string) bool {
	compiled, err := filepath.Glob(filepath.Join(cacheDir, "wazero-*", "*"))
	return err == nil && slices.ContainsFunc(compiled, func(name string) bool { return filepath.Ext(name) == "" })
}

func (p *sandbox) close(ctx context.Context) error {
	var errs []error
	if p.Pdfium != nil {
		errs = append(errs, p.Pdfium.Close())
	}
	if p.pool != nil {
		errs = append(errs, p.pool.Close())
	}
	if p.cache != nil {
		errs = append(errs, p.cache.Close(ctx))
	}
	return errors.Join(errs...)
}

// pdf is one PDF being read.
type pdf struct {
	*sandbox
	sink     *sink
	document references.FPDF_DOCUMENT
	pages    []pdfPage
}

// readPDF reads page by page; the structure follows from all of them together.
func readPDF(ctx context.Context, in input, cacheDir string, s *sink) error {
	instance, err := newSandbox(ctx, cacheDir, s.prepare)
	if err != nil {
		return err
	}
	p := &pdf{sandbox: instance, sink: s}
	// The process ends after this file: what closing reports changes nothing.
	defer func() { _ = instance.close(ctx) }()
	opened, err := instance.OpenDocument(&requests.OpenDocument{File: &in.data})
	if err != nil {
		return pdfFault(err)
	}
	p.document = opened.Document
	if err := p.countPages(); err != nil {
		return err
	}
	p.properties()
	if err := p.readPages(ctx); err != nil {
		return err
	}
	return p.emit()
}

func pdfFault(err error) error {
	if errors.Is(err, pdfiumerrors.ErrPassword) || errors.Is(err, pdfiumerrors.ErrSecurity) {
		return encrypted("PDF")
	}
	return malformed("PDF", err)
}

func (p *pdf) countPages() error {
	count, err := p.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.document})
	if err != nil {
		return pdfFault(err)
	}
	if count.PageCount == 0 {
		return malformed("PDF", errors.New("no pages"))
	}
	if limit := p.sink.limits.Pages; limit > 0 && count.PageCount > limit {
		return tooLarge("The PDF has %s pages; at most %s can be read. Split it into smaller files.", grouped(count.PageCount), grouped(limit))
	}
	p.sink.document.Pages = count.PageCount
	return nil
}

// properties reads title and language; a PDF without them is as good.
func (p *pdf) properties() {
	tags := []string{"Title"}
	if meta, err := p.GetMetaData(&requests.GetMetaData{Document: p.document, Tags: &tags}); err == nil && len(meta.Tags) > 0 {
		p.sink.document.Title = pdfTitle(meta.Tags[0].Value)
	}
	if lang, err := p.FPDFCatalog_GetLanguage(&requests.FPDFCatalog_GetLanguage{Document: p.document}); err == nil {
		p.sink.document.Lang = oneLine(clean(lang.Language, KindParagraph))
	}
}

// pdfTitle drops what programs write when nobody gave a title.
func pdfTitle(title string) string {
	title = oneLine(clean(title, KindParagraph))
	for _, program := range []string{"Microsoft Word - ", "Microsoft PowerPoint - ", "PowerPoint Presentation"} {
		title = strings.TrimPrefix(title, program)
	}
	if lower := strings.ToLower(title); lower == "untitled" || strings.HasPrefix(lower, "untitled ") || strings.HasPrefix(lower, "file://") {
		return ""
	}
	return title
}

// readPages keeps going over pages that fail: the others are still of use.
func (p *pdf) readPages(ctx context.Context) error {
	total, runes := p.sink.document.Pages, 0
	p.sink.progress(Progress{Total: total})
	for index := range total {
		if err := ctx.Err(); err != nil {
			return err
		}
		page := p.readPage(index)
		for _, line := range page.lines {
			runes += len(line.text)
		}
		if limit := p.sink.limits.TextRunes; limit > 0 && runes > 4*limit { // bytes, kept until all pages are read
			return tooMuchText(limit)
		}
		p.pages = append(p.pages, page)
		p.sink.progress(Progress{Done: index + 1, Total: total})
	}
	return nil
}
