package taskq

import "slices"

// A list of tasks is read in parts, each of which one index yields in the list's order. The indexes leave out what most
// tasks are most of the time, so that a task's way from PENDING to COMPLETED touches few of them: docs/adr/0008. A part
// therefore repeats in its conditions those of its index.

// part is one of several disjoint parts that together are a list.
type part struct {
	spread string // SQL of groups named g, each of which is read by itself, in order; empty: none
	where  []string
	keyed  bool // its rows have keys of their own, instead of [sortKey.otherwise]
}

// whereUnsuccessful is the condition of the index tasks_unsuccessful. It asks for status || ”, which no other statement
// does: an index on the status itself tempts the planner to find by it what the engine finds by id.
const whereUnsuccessful = `status || '' IN ('PENDING', 'FAILED', 'CANCELLED')`

// groupsOf walks from each status and type to the next that there is, over the index.
const groupsOf = `(WITH RECURSIVE groups AS (
	    (SELECT status || '' AS status, task_type FROM tasks WHERE ` + whereUnsuccessful + ` ORDER BY status || '', task_type LIMIT 1)
	    UNION ALL
	    SELECT n.* FROM groups g CROSS JOIN LATERAL (
	        SELECT status || '' AS status, task_type FROM tasks WHERE ` + whereUnsuccessful + ` AND (status || '', task_type) > (g.status, g.task_type)
	        ORDER BY status || '', task_type LIMIT 1) n)
	SELECT * FROM groups`

// endedTypes does so with the types of tasks that have ended.
const endedTypes = `(WITH RECURSIVE groups AS (
	    (SELECT task_type FROM tasks WHERE completed_at IS NOT NULL ORDER BY task_type LIMIT 1)
	    UNION ALL
	    SELECT n.* FROM groups g CROSS JOIN LATERAL (
	        SELECT task_type FROM tasks WHERE completed_at IS NOT NULL AND task_type > g.task_type ORDER BY task_type LIMIT 1) n)
	SELECT * FROM groups`

// parts returns the parts of a list in the order of field. Their conditions come beside those of [Filter.whereOthers].
func (f *Filter) parts(field OrderField, c *conditions) []part {
	p := parter{Filter: f, types: f.whereType(c)}
	p.group = p.types
	if f.Statuses != nil {
		p.group = slices.Concat(p.types, []string{whereStatus(f.Statuses)})
	}
	var parts []part
	switch field {
	case ByCompleted:
		parts = p.byCompleted()
	case ByPriority:
		parts = p.byPriority()
	default:
		parts = p.byID()
	}
	if len(parts) == 0 { // nothing is selected
		return []part{p.part("false")}
	}
	return parts
}

// parter divides the list that a filter selects.
type parter struct {
	*Filter
	types []string // the condition of the types, if any
	group []string // that, and the condition of the statuses
}

// part reads all types and statuses that are selected at once.
func (p parter) part(where ...string) part { return part{where: slices.Concat(p.group, where)} }

const whereEnded = `completed_at IS NOT NULL`

// hasOwnIndex reports whether the filter has a condition of which there is an index of the tasks that have ended.
func (f *Filter) hasOwnIndex() bool { return f.Metadata != nil || f.CreatedBy != "" }

func (p parter) byID() []part {
	switch {
	case p.IDs != nil || (p.Statuses == nil && p.Types == nil && !p.hasOwnIndex()):
		return []part{p.part()}
	case p.Statuses == nil || p.hasOwnIndex():
		if p.asksFor(Completed, Failed, Cancelled) {
			return append(p.unfinished(), p.part(whereEnded))
		}
		return p.unfinished()
	}
	var parts []part
	if p.asksFor(Completed) {
		parts = append(parts, p.part(`status = 'COMPLETED'`, whereEnded))
	}
	if p.asksFor(Running) {
		parts = append(parts, p.part(`status = 'RUNNING'`))
	}
	if p.asksFor(Pending, Failed, Cancelled) {
		parts = append(parts, p.unsuccessful(Pending, Failed, Cancelled))
	}
	return parts
}

// unfinished reads the tasks that have not ended.
func (p parter) unfinished() []part {
	var parts []part
	if p.asksFor(Running) {
		parts = append(parts, p.part(`status = 'RUNNING'`))
	}
	if p.asksFor(Pending) {
		parts = append(parts, p.unsuccessful(Pending))
	}
	return parts
}

// byCompleted reads what has ended type by type, and then what has not.
func (p parter) byCompleted() []part {
	parts := p.unfinished()
	if !p.asksFor(Completed, Failed, Cancelled) {
		return parts
	}
	if !p.asksFor(Completed) { // few: sorting them is less than looking for them
		return append(parts, narrowed([]part{p.unsuccessful(Failed, Cancelled)}, whereEnded, true)...)
	}
	ended := p.part(whereEnded)
	ended.keyed = true
	if p.IDs == nil && p.CreatedBy == "" {
		ended.spread = endedTypes + whereAll(p.types) + `)`
		ended.where = append(ended.where, `task_type = g.task_type`)
	}
	return append(parts, ended)
}

// byPriority reads what has a priority of its own, and then what has not.
func (p parter) byPriority() []part {
	parts := p.byID()
	keyed := narrowed([]part{p.part()}, `priority <> 0`, true)
	if p.Types != nil || p.hasOwnIndex() { // of which there may be few
		keyed = narrowed(parts, `priority <> 0`, true)
	}
	if p.MinPriority != nil && *p.MinPriority > 0 || p.MaxPriority != nil && *p.MaxPriority < 0 {
		return keyed
	}
	return append(keyed, narrowed(parts, `priority = 0`, false)...)
}

// narrowed returns parts with one more condition.
func narrowed(parts []part, condition string, keyed bool) []part {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].where, parts[i].keyed = append(slices.Clone(parts[i].where), condition), keyed
	}
	return parts
}

// unsuccessful reads the tasks of each of these statuses and each type by itself: one may be rare, or old, where another is
// neither.
func (p parter) unsuccessful(statuses ...Status) part {
	if p.Statuses != nil {
		statuses = slices.DeleteFunc(statuses, func(s Status) bool { return !slices.Contains(p.Statuses, s) })
	}
	ofStatus := whereStatus(statuses)
	if p.IDs != nil {
		return p.part(whereUnsuccessful, ofStatus)
	}
	return part{
		spread: groupsOf + whereAll(slices.Concat(p.types, []string{ofStatus})) + `)`,
		where:  []string{whereUnsuccessful, `status || '' = g.status`, `task_type = g.task_type`},
	}
}

// asksFor reports whether tasks of any of these statuses are selected.
func (f *Filter) asksFor(statuses ...Status) bool {
	return f.Statuses == nil || slices.ContainsFunc(statuses, func(s Status) bool { return slices.Contains(f.Statuses, s) })
}
