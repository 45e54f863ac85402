package dbcontents

import (
	"fmt"
	"slices"
	"strings"
)

// Only returns t as a [Query] sees it whose Allowed is columns: without the
// columns and computed columns that are not in the list, and without a primary
// key that has such a column. A nil list is no list, and t itself is returned.
func (t *Table) Only(columns []string) *Table {
	if t == nil || columns == nil {
		return t
	}
	allowed := make(map[string]bool, len(columns))
	for _, name := range columns {
		allowed[name] = true
	}
	hidden := func(c Column) bool { return !allowed[c.Name] }
	n := *t
	n.whole = t.origin()
	n.Columns = slices.Clone(slices.DeleteFunc(slices.Clone(t.Columns), hidden))
	n.computed = slices.Clone(slices.DeleteFunc(slices.Clone(t.computed), hidden))
	if slices.ContainsFunc(t.PrimaryKey, func(name string) bool { return !allowed[name] }) {
		n.PrimaryKey = nil
	}
	return &n
}

// origin is the table that t was narrowed from, t itself if it was not. It is
// the one that the catalog's entries know.
func (t *Table) origin() *Table {
	if t.whole != nil {
		return t.whole
	}
	return t
}

// maxNarrowed bounds the narrowed tables kept for an entry. Allow-lists come
// from the program, which may make one for each of its callers.
const maxNarrowed = 64

// narrow is t with what q allows. Plans with the same list share one table. A
// list that leaves nothing is refused: there is nothing to serve, not even a
// number of rows.
func (e *entry) narrow(t *Table, q *Query) (*Table, error) {
	if q.Allowed == nil {
		return t, nil
	}
	key := strings.Join(q.Allowed, "\x00")
	e.mu.Lock()
	n := e.narrowed[key]
	e.mu.Unlock()
	if n == nil || n.origin() != t {
		n = t.Only(q.Allowed)
		e.mu.Lock()
		if e.narrowed == nil || len(e.narrowed) >= maxNarrowed {
			e.narrowed = map[string]*Table{}
		}
		e.narrowed[key] = n
		e.mu.Unlock()
		e.catalog.place(e)
	}
	if len(n.Columns)+len(n.computed) == 0 {
		return nil, notAllowed(t, "the allow-list names no column of the table")
	}
	return n, nil
}

func notAllowed(t *Table, detail string) *Error {
	return newError("query", t.String(), "columns_not_allowed", detail, nil)
}

// checkAllowed refuses names that no column can have: they are mistakes.
func (q *Query) checkAllowed() error {
	for _, name := range q.Allowed {
		if err := checkName(name); err != nil {
			return invalid(q.Table, "name_invalid", fmt.Sprintf("allowed column %q: %v", shorten(name), err))
		}
	}
	return nil
}

// shapeAllowed appends the allow-list to the shape of a Query. A list that is
// not nil is told from none, and its end from what follows.
func shapeAllowed(dst []byte, allowed []string) []byte {
	if allowed == nil {
		return dst
	}
	dst = append(dst, 'a', 0)
	for _, name := range allowed {
		dst = shapeText(dst, name)
	}
	return append(dst, 0)
}
