package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/upkeep"
	"github.com/taskwire/taskwire/taskq"
)

const upkeepInterval = 5 * time.Minute // a round through all uploaded files takes 21 hours

func (a *app) chooseEmbedder(context.Context) (err error) {
	a.embedder, err = embedding.New(a.Embedding)
	return err
}

func (a *app) startTasks(ctx context.Context) error {
	a.tasks = taskq.New(a.database, taskq.Config{DSN: a.DatabaseURL, MaxRunning: a.Workers, Logger: a.log, Version: a.Version, Reads: a.reads})
	a.products = product.NewService(a.database, a.blobs, a.tasks, product.Config{MaxImportBytes: a.MaxUpload, Reads: a.reads})
	extractor := &extract.Extractor{CacheDir: filepath.Join(a.DataDir, "cache")}
	a.documents = document.NewService(a.database, a.blobs, a.tasks, extractor, a.embedder, document.Config{MaxUploadBytes: a.MaxUpload, Reads: a.reads})
	a.embeddings = embedding.NewService(a.database, a.embedder, a.tasks, product.NewTexts(a.database), document.NewTexts(a.database))
	a.tasks.Handle(document.TaskType, a.documents.Run)
	a.tasks.Handle(product.TypeImport, a.products.RunImport)
	a.tasks.Handle(product.TypeUpdate, a.products.RunUpdate)
	a.tasks.Handle(embedding.TaskType, a.embeddings.Run)
	a.onClose("draining", a.DrainTimeout, func(ctx context.Context) error { a.tasks.Stop(ctx); return nil })
	return a.tasks.Start(context.WithoutCancel(ctx)) // ends by Stop, after the API
}

func (a *app) startUpkeep(ctx context.Context) error {
	if shared, err := a.blobs.IsShared(a.identity); err != nil {
		return err
	} else if shared {
		a.log.Info("other databases use this data directory, or have; files that nothing refers to stay in it", "data", a.DataDir)
	}
	files := blob.NewSweeper(a.blobs, a.identity, a.documents.FilesInUse, a.products.FilesInUse)
	vectors := embedding.NewSweeper(product.NewTexts(a.database), document.NewTexts(a.database))
	a.background(ctx, "upkeep", func(ctx context.Context) {
		upkeep.Run(ctx, a.log, upkeepInterval, upkeep.Job{Of: "files", Do: files.Sweep}, upkeep.Job{Of: "vectors", Do: vectors.Sweep})
	})
	return nil
}
