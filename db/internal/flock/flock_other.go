//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package flock

import (
	"errors"
	"os"
)

const (
	exclusive = iota
	shared
)

func flock(*os.File, int) error { return errors.ErrUnsupported }
