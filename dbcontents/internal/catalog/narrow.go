package catalog

import (
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Only returns t as a query sees it whose allow-list is columns: without the
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
	n.memo = &memo{}
	n.whole = t.Origin()
	n.Columns = slices.Clone(slices.DeleteFunc(slices.Clone(t.Columns), hidden))
	n.Computed = slices.Clone(slices.DeleteFunc(slices.Clone(t.Computed), hidden))
	if slices.ContainsFunc(t.PrimaryKey, func(name string) bool { return !allowed[name] }) {
		n.PrimaryKey = nil
	}
	return &n
}

// Origin is the table that t was narrowed from, t itself if it was not. It is
// the one that the catalog's entries know.
func (t *Table) Origin() *Table {
	if t.whole != nil {
		return t.whole
	}
	return t
}

// Narrowed reports whether an allow-list has left columns of t out.
func (t *Table) Narrowed() bool { return t.whole != nil }

// maxNarrowed bounds the narrowed tables kept for an entry. Allow-lists come
// from the program, which may make one for each of its callers.
const maxNarrowed = 64

// A narrowing is a table, and the names of an allow-list.
type narrowing struct {
	of      *Table
	allowed string
}

// Narrow is t with what an allow-list leaves of it. Callers with the same list share one. A
// list that leaves nothing is refused: there is nothing to serve, not even a
// number of rows.
func (e *Entry) Narrow(t *Table, allowed []string) (*Table, error) {
	if allowed == nil {
		return t, nil
	}
	key := narrowing{t, strings.Join(allowed, "\x00")}
	e.mu.Lock()
	n := e.narrowed[key]
	e.mu.Unlock()
	if n == nil {
		n = t.Only(allowed)
		e.mu.Lock()
		if e.narrowed == nil || len(e.narrowed) >= maxNarrowed {
			e.narrowed = map[narrowing]*Table{}
		}
		e.narrowed[key] = n
		e.mu.Unlock()
		e.catalog.place(e)
	}
	if len(n.Columns)+len(n.Computed) == 0 {
		return nil, NotAllowed("the allow-list names no column of the table")
	}
	return n, nil
}

// NotAllowed is the finding that an allow-list leaves nothing to read.
func NotAllowed(detail string) *diagnosis.Finding {
	return diagnosis.New("columns_not_allowed", detail, nil)
}
