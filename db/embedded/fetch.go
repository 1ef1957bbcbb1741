package embedded

import (
	"context"
	"errors"
)

func fetch(context.Context, Options, int) (Binaries, error) {
	return Binaries{}, errors.New("not available")
}
