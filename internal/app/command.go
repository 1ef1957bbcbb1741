package app

import (
	"context"
	"io"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/cli"
)

// The commands that do something and end.

func (a *app) printSchema(context.Context) error {
	_, err := io.WriteString(a.Stdout, a.Schema)
	return err
}

func (a *app) manageKeys(ctx context.Context) error {
	return cli.Keys(ctx, auth.NewKeys(a.database), &a.Config.Keys, a.Stdout, a.Stderr)
}
