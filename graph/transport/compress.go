package transport

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// minCompressed is the length from which compressing pays: a shorter answer is one packet anyway.
const minCompressed = 1_400

// Compressor compresses whole answers in zstd (RFC 8878) or gzip (RFC 1952). Event streams and websockets, whose parts
// matter at once, are not compressed.
type Compressor struct {
	zstd  *zstd.Encoder
	gzips sync.Pool // of *gzip.Writer
}

// NewCompressor returns a compressor, which is safe for concurrent use.
func NewCompressor() (*Compressor, error) {
	// Browsers refuse windows of more than 8 MiB; a smaller one keeps memory small.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("making a zstd encoder: %w", err)
	}
	c := &Compressor{zstd: encoder}
	c.gzips.New = func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one that there is
		return w
	}
	return c, nil
}

// compress returns body in the coding that the client likes best, and the coding's name; "" for body as it is.
func (c *Compressor) compress(r *http.Request, body []byte) (compressed []byte, coding string) {
	if c == nil || len(body) < minCompressed {
		return body, ""
	}
	switch coding = preferredCoding(r.Header.Values("Accept-Encoding")); coding {
	case "zstd":
		return c.zstd.EncodeAll(body, make([]byte, 0, len(body)/4)), coding
	case "gzip":
		return c.gzip(body), coding
	}
	return body, ""
}

func (c *Compressor) gzip(body []byte) []byte {
	w, _ := c.gzips.Get().(*gzip.Writer)
	defer c.gzips.Put(w)
	var compressed bytes.Buffer
	w.Reset(&compressed)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return compressed.Bytes()
}

// preferredCoding returns zstd, gzip or neither. Of two liked equally, zstd is smaller and faster.
func preferredCoding(accepted []string) string {
	best, bestQuality := "", 0.0
	for part := range strings.SplitSeq(strings.Join(accepted, ","), ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding == "*" {
			coding = "gzip"
		}
		quality := codingQuality(parameters)
		if coding != "zstd" && coding != "gzip" {
			continue
		}
		if quality > bestQuality || (quality == bestQuality && quality > 0 && coding == "zstd") {
			best, bestQuality = coding, quality
		}
	}
	return best
}

func codingQuality(parameters string) float64 {
	text, given := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(parameters, " ", "")), "q=")
	if !given {
		return 1
	}
	quality, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return quality
}
