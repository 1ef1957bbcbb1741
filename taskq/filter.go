package taskq

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits of a filter.
const (
	MaxFilterValues = 250 // elements of one list
	MaxSearchLength = 200 // characters
)

// Filter selects tasks. Its parts are joined by AND, the elements of a list by OR; a zero part selects everything.
type Filter struct {
	IDs            []uuid.UUID     `json:"ids"` // nil: all; empty: none; so are the other lists
	Types          []Type          `json:"types"`
	Statuses       []Status        `json:"statuses"`
	MinPriority    *int            `json:"minPriority"`
	MaxPriority    *int            `json:"maxPriority"`
	CreatedFrom    *time.Time      `json:"createdFrom"`  // inclusive
	CreatedUntil   *time.Time      `json:"createdUntil"` // exclusive
	CompletedFrom  *time.Time      `json:"completedFrom"`
	CompletedUntil *time.Time      `json:"completedUntil"`
	Search         string          `json:"search"`             // every word occurs in the description, in any case
	Metadata       json.RawMessage `json:"metadata,omitempty"` // a JSON object that the metadata contains
	CreatedBy      string          `json:"createdBy"`
}

// IsEmpty reports whether f selects every task.
func (f *Filter) IsEmpty() bool {
	return f.IDs == nil && f.Types == nil && f.Statuses == nil && f.MinPriority == nil && f.MaxPriority == nil &&
		f.CreatedFrom == nil && f.CreatedUntil == nil && f.CompletedFrom == nil && f.CompletedUntil == nil &&
		f.Search == "" && f.Metadata == nil && f.CreatedBy == ""
}

// Validate returns an [*InvalidError] for a filter over the limits.
func (f *Filter) Validate() error {
	switch {
	case len(f.IDs) > MaxFilterValues || len(f.Types) > MaxFilterValues || len(f.Statuses) > MaxFilterValues:
		return invalid("filter", fmt.Sprintf("must have at most %d values in a list", MaxFilterValues))
	case utf8.RuneCountInString(f.Search) > MaxSearchLength || !storableText(f.Search):
		return invalid("filter.search", fmt.Sprintf("must be at most %d characters, without NUL", MaxSearchLength))
	case utf8.RuneCountInString(f.CreatedBy) > MaxPrincipalLength || !storableText(f.CreatedBy):
		return invalid("filter.createdBy", fmt.Sprintf("must be at most %d characters, without NUL", MaxPrincipalLength))
	case slices.ContainsFunc(f.Types, func(t Type) bool { return !typePattern.MatchString(string(t)) }):
		return invalid("filter.types", "must be task types")
	case slices.ContainsFunc(f.Statuses, func(s Status) bool { return !s.IsValid() }):
		return invalid("filter.statuses", "must be statuses")
	case slices.ContainsFunc(f.times(), func(t *time.Time) bool { return t != nil && !storableTime(*t) }):
		return invalid("filter", "must have times between the years 1 and 9999")
	case len(f.Metadata) > MaxMetadataBytes || (f.Metadata != nil && !isObject(f.Metadata)):
		return invalid("filter.metadata", fmt.Sprintf("must be a JSON object of at most %d bytes", MaxMetadataBytes))
	}
	return nil
}

func (f *Filter) times() []*time.Time {
	return []*time.Time{f.CreatedFrom, f.CreatedUntil, f.CompletedFrom, f.CompletedUntil}
}

func isObject(b []byte) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(b, &object) == nil && object != nil && storableJSON(b)
}

// fingerprint tells filters apart.
func (f *Filter) fingerprint() string {
	encoded, _ := json.Marshal(f) // its parts always encode, once they are valid
	return string(encoded)
}

// words returns the words that a description must contain.
func (f *Filter) words() []string { return strings.Fields(f.Search) }

// matches reports whether t is selected, as the SQL of [Filter.where] decides it: the feed asks for each change and each
// subscriber.
func (f *Filter) matches(t *Task) bool {
	return isIn(f.IDs, t.ID) && isIn(f.Types, t.Type) && isIn(f.Statuses, t.Status) &&
		(f.MinPriority == nil || t.Priority >= *f.MinPriority) &&
		(f.MaxPriority == nil || t.Priority <= *f.MaxPriority) &&
		inRange(&t.CreatedAt, f.CreatedFrom, f.CreatedUntil) &&
		inRange(t.CompletedAt, f.CompletedFrom, f.CompletedUntil) &&
		hasWords(t.Description, f.words()) &&
		(f.CreatedBy == "" || (t.CreatedBy != nil && *t.CreatedBy == f.CreatedBy)) &&
		(f.Metadata == nil || contains(t.Metadata, f.Metadata))
}

func isIn[T comparable](list []T, v T) bool { return list == nil || slices.Contains(list, v) }

// inRange takes bounds to the microsecond, like the database's times.
func inRange(t, from, until *time.Time) bool {
	if from == nil && until == nil {
		return true
	}
	return t != nil && (from == nil || !t.Before(from.Truncate(time.Microsecond))) &&
		(until == nil || t.Before(until.Truncate(time.Microsecond)))
}

func hasWords(description string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	folded := strings.ToLower(description)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, strings.ToLower(w)) })
}
