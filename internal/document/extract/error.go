package extract

import (
	"fmt"
	"strconv"
)

// Code says why a file could not be read.
type Code string

// The codes of an Error.
const (
	CodeUnsupported Code = "unsupported" // a format that is not read
	CodeEncrypted   Code = "encrypted"   // a password is needed
	CodeMalformed   Code = "malformed"   // damaged, cut off, or not what its name says
	CodeEmpty       Code = "empty"       // no bytes, or nothing but white space
	CodeNeedsOCR    Code = "needs_ocr"   // only pictures of text
	CodeTooLarge    Code = "too_large"   // over one of the Limits, or the memory limit
	CodeTimeout     Code = "timeout"     // over the time limit
	CodeCrashed     Code = "crashed"     // the reader itself broke on the file
	CodeInterrupted Code = "interrupted" // the child process was ended from outside
)

// Error is why a file could not be read, in words for the person who sent it.
type Error struct {
	Code    Code
	Message string // one or two sentences
	Detail  error  // for the log; nil when there is no more to say
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the detail.
func (e *Error) Unwrap() error { return e.Detail }

// IsPermanent reports whether reading the same file again ends the same way. A
// busy machine can make a file slow, and anything can end a process from outside.
func (e *Error) IsPermanent() bool {
	return e.Code != CodeTimeout && e.Code != CodeInterrupted
}

const supported = "Supported are PDF, DOCX, HTML, Markdown and text files."

func unsupported(what string) error {
	return &Error{Code: CodeUnsupported, Message: fmt.Sprintf("%s are not supported yet. %s", what, supported)}
}

func encrypted(what string) error {
	return &Error{Code: CodeEncrypted, Message: fmt.Sprintf("The %s is protected with a password. Remove the protection and upload it again.", what)}
}

func malformed(what string, detail error) error {
	return &Error{Code: CodeMalformed, Message: fmt.Sprintf("The %s is damaged or incomplete and can't be read. Save or export it again and upload the new file.", what), Detail: detail}
}

func misnamed(ext, holds string) error {
	return &Error{Code: CodeMalformed, Message: fmt.Sprintf("The file is named %s but does not hold %s. Check that it is the right file and complete.", ext, holds)}
}

func empty(what string) error {
	return &Error{Code: CodeEmpty, Message: fmt.Sprintf("The %s holds no text.", what)}
}

func needsOCR() error {
	return &Error{Code: CodeNeedsOCR, Message: "The PDF holds only pictures, no text. Run text recognition (OCR) on it and upload the result."}
}

// unreadable is a failure of the place that keeps the file.
func unreadable(detail error) error {
	return &Error{Code: CodeInterrupted, Message: "The uploaded file could not be read from its storage.", Detail: detail}
}

func tooLarge(format string, args ...any) error {
	return &Error{Code: CodeTooLarge, Message: fmt.Sprintf(format, args...)}
}

func tooMuchText(runes int) error {
	return tooLarge("The document holds more than %s characters of text. Split it into smaller files.", grouped(runes))
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func tooDeep(what string) error {
	return tooLarge("The %s nests its elements too deeply to be read.", what)
}
