//go:build !linux

package harness

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// OwnCPU is known on Linux only.
func OwnCPU() time.Duration { return 0 }

// TreeCPU is known on Linux only.
func TreeCPU(int) time.Duration { return 0 }

func busyCPU() time.Duration { return 0 }

func findPostmaster(context.Context, *sqlx.DB) int { return 0 }
