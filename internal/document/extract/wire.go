package extract

import "errors"

// request is what the parent asks of the child, its only argument. The file
// itself comes on the standard input.
type request struct {
	Ext      string `json:"ext,omitempty"`
	Charset  string `json:"charset,omitempty"`
	CacheDir string `json:"cache_dir,omitempty"`
	Limits   Limits `json:"limits"`
}

// message is one line of the child's output; exactly one field is set. Blocks
// come in reading order; the last line holds the document or the error.
type message struct {
	Preparing *bool      `json:"preparing,omitempty"` // the reader itself, not the file
	Progress  *Progress  `json:"progress,omitempty"`
	Block     *Block     `json:"block,omitempty"`
	Document  *Document  `json:"document,omitempty"`
	Error     *wireError `json:"error,omitempty"`
}

// wireError is an Error on its way between the processes.
type wireError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
}

func toWire(err error) *wireError {
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Code: CodeCrashed, Message: crashed, Detail: err}
	}
	wire := &wireError{Code: known.Code, Message: known.Message}
	if known.Detail != nil {
		wire.Detail = known.Detail.Error()
	}
	return wire
}

func (w *wireError) err() error {
	e := &Error{Code: w.Code, Message: w.Message}
	if w.Detail != "" {
		e.Detail = errors.New(w.Detail)
	}
	return e
}
