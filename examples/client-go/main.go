// Command client-go is an example client of Taskwire, typed by genqlient: it creates a task, waits until it has ended, and
// lists what is completed.
//
//	go run . http://127.0.0.1:8080/graphql
//
// TASKWIRE_API_KEY is the key, where the server asks for one.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/Khan/genqlient/graphql"
)

//go:generate go tool genqlient

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	url := "http://127.0.0.1:8080/graphql"
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	if err := run(ctx, graphql.NewClient(url, keyed{os.Getenv("TASKWIRE_API_KEY")})); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// keyed sends a key with each request, if there is one.
type keyed struct{ key string }

func (k keyed) Do(request *http.Request) (*http.Response, error) {
	if k.key != "" {
		request.Header.Set("Authorization", "Bearer "+k.key)
	}
	return http.DefaultClient.Do(request)
}

func run(ctx context.Context, client graphql.Client) error {
	created, err := CreateTask(ctx, client, CreateTaskInput{Type: TaskTypeEmbeddingGeneration, Description: "Embed what is new, from Go"})
	if err != nil {
		return fmt.Errorf("creating a task: %w", err)
	}
	if created.CreateTask.Task == nil {
		return errors.New(created.CreateTask.UserErrors[0].Message)
	}
	status, err := wait(ctx, client, created.CreateTask.Task.Id)
	if err != nil {
		return fmt.Errorf("waiting for the task: %w", err)
	}
	fmt.Println(status)
	return list(ctx, client)
}

// wait returns the status with which a task has ended.
func wait(ctx context.Context, client graphql.Client, id string) (TaskStatus, error) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := Task(ctx, client, id)
		if err != nil {
			return "", err
		}
		if found.Task == nil {
			return "", errors.New("it was deleted")
		}
		if found.Task.Status != TaskStatusPending && found.Task.Status != TaskStatusRunning {
			return found.Task.Status, nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func list(ctx context.Context, client graphql.Client) error {
	var after *string
	for {
		page, err := Completed(ctx, client, after)
		if err != nil {
			return fmt.Errorf("listing tasks: %w", err)
		}
		for _, task := range page.Tasks.Nodes {
			fmt.Println(task.Id, task.Description)
		}
		if !page.Tasks.PageInfo.HasNextPage {
			return nil
		}
		after = page.Tasks.PageInfo.EndCursor
	}
}
