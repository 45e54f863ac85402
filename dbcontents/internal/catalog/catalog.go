// Package catalog knows which tables there are, as far as they are exposed, and
// remembers what PostgreSQL's catalog said of them.
package catalog

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

const (
	// Fresh is how long an entry is taken without asking again.
	Fresh = 5 * time.Second
	// Absent is how long a table is remembered as not being there: long enough
	// for a flood of wrong names, short enough for somebody who just made one.
	Absent = time.Second
	// Forever is the age up to which a read takes an entry: however old, it serves,
	// and the read brings the new one along.
	Forever = time.Duration(math.MaxInt64)
	// maxAbsent bounds the names remembered that led to nothing, or not yet;
	// strangers choose them where all tables are exposed.
	maxAbsent = 1000
	// maxTableBytes bounds the tables that are remembered, those that were used
	// last. Another one that is asked for is looked up first.
	maxTableBytes = 32 << 20
	// maxDirectoryBytes bounds the names that are remembered for hints, of the roles
	// that asked last.
	maxDirectoryBytes = 8 << 20
)

// A Catalog is what one caller can know of the tables. It is safe for concurrent
// use. Its errors are findings, or what an Asker said.
type Catalog struct {
	*shared
	caller Caller
}

// A Caller is whom the catalog answers: a role and an allow-list. What is remembered for
// one role is never used for another.
type Caller struct {
	Role string // empty: the one that connections have
	// Grants is the caller's own allow-list of tables. Other tables do not exist for
	// the caller. Nil allows all.
	Grants func(schema, name string) bool
	// Functions is the allow-list of functions. It is nil if Grants is nil.
	Functions func(schema, name string) bool
}

// grants reports whether the caller's allow-list has a table.
func (c *Caller) grants(schema, name string) bool { return c.Grants == nil || c.Grants(schema, name) }

// shared remembers the tables that were looked up, for all callers. Locks are taken in
// this order: its own, that of an entry. That of a directory is taken alone.
type shared struct {
	Exposure Exposure
	Lookups  atomic.Int64 // questions to PostgreSQL's catalog
	// forgotten is told of tables that are not what is known any more; nil is none.
	forgotten func(*Table)

	mu     sync.Mutex
	known  *cache.LRU[entryKey, *Entry] // of tables, by their bytes
	absent *cache.LRU[entryKey, *Entry] // of the other names, by their number
	// directories are of all tables, the entries are of those asked for. There is one for each role.
	directories *cache.LRU[string, *directory]
}

// An entryKey is what an entry is found by. If the caller has an allow-list, Schema is
// all schemas to look in, joined by NUL, which no name holds.
type entryKey struct {
	role string
	Name
	call bool // it is the name of functions
}

// New makes the catalog of what is exposed, for the role that connections have.
// forgotten is told of tables that are not what is known any more, while an entry is locked.
func New(x Exposure, forgotten func(*Table)) *Catalog {
	c := &shared{
		Exposure:    x,
		forgotten:   forgotten,
		known:       cache.New[entryKey, *Entry](maxTableBytes),
		absent:      cache.New[entryKey, *Entry](maxAbsent),
		directories: cache.New[string, *directory](maxDirectoryBytes),
	}
	c.known.Forgotten = func(_ entryKey, e *Entry) { e.forget() }
	return &Catalog{shared: c}
}

// For is the catalog for a caller. It shares its memory with c.
func (c *Catalog) For(caller Caller) Catalog { return Catalog{c.shared, caller} }

// An Entry is what is known of one name asked for.
type Entry struct {
	catalog *shared  // as key and schemas, it never changes
	key     entryKey // as it was asked for
	schemas []string // to look in, in this order

	mu    sync.Mutex
	known bool
	table *Table // nil: not there
	// asOf is when what is known was asked for, or was dropped. An answer to an
	// earlier question, which came late, is not taken.
	asOf  time.Time
	asked time.Time     // when a read last carried a look-up
	look  *look[*Table] // under way, nil if there is none
	// narrowed are tables made by Table.Only, of table or of what it stands for.
	narrowed    map[narrowing]*Table
	types       map[string]*CastType // named in casts; never changed, only replaced
	related     *related             // nil: not known
	lookRelated *relatedLook         // under way, nil if there is none
}

// Resolve finds the table of a name, not older than maxAge. It asks the database
// only if it must, and then once for all who wait.
func (c *Catalog) Resolve(ctx context.Context, a Asker, schema, name string, maxAge time.Duration) (*Entry, *Table, error) {
	e, _, err := c.find(schema, name)
	if err != nil {
		return nil, nil, err
	}
	t, err := c.resolve(ctx, a, e, maxAge)
	if err != nil {
		return nil, nil, err
	}
	return c.found(e, t, name)
}

// resolve is Resolve for an entry. The table is nil if there is none.
func (c *Catalog) resolve(ctx context.Context, a Asker, e *Entry, maxAge time.Duration) (*Table, error) {
	if asOf := a.AsOf(); !asOf.IsZero() {
		// It sees one state, and asking twice brings nothing new. With somebody else's
		// connection a pool of one connection would wait for itself.
		t, ok := e.seenAt(asOf, min(maxAge, Fresh), a.PerCaller())
		if !ok {
			tables, err := c.lookupFor(ctx, a, e)
			if err != nil {
				return nil, err
			}
			t = c.answer(e, asOf, tables, a.PerCaller())
		}
		return t, nil
	}
	for perCaller := a.PerCaller(); ; {
		e.mu.Lock()
		if e.serves(maxAge, perCaller) {
			t := e.table
			e.mu.Unlock()
			return t, nil
		}
		l := e.look
		mine := l == nil || perCaller || l.asOf.Before(e.asOf) // what is asked already may have been dropped
		if mine {
			l = newLook[*Table]()
			e.look = l
		}
		e.mu.Unlock()

		if mine {
			c.lookFor(ctx, a, e, l)
		} else if err := a.Probed(); err != nil {
			return nil, err
		}
		if t, again, err := l.wait(ctx, mine); !again {
			return t, err
		}
	}
}

// lookFor makes the look-up l of e.
func (c *Catalog) lookFor(ctx context.Context, a Asker, e *Entry, l *look[*Table]) {
	tables, err := c.lookupFor(ctx, a, e)
	if err == nil {
		l.found = c.answer(e, l.asOf, tables, a.PerCaller())
	}
	e.mu.Lock()
	if e.look == l {
		e.look = nil
	}
	e.mu.Unlock()
	l.end(ctx, err)
}

// Exposed is the finding if a name is not exposed, whatever the database holds.
func (c *Catalog) Exposed(schema, name string) error {
	_, _, err := c.find(schema, name)
	return err
}

// Known is what Resolve would find, if that is known already, else nil.
func (c *Catalog) Known(schema, name string) (*Entry, *Table) {
	e, _, err := c.find(schema, name)
	if err != nil {
		return nil, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e, e.table
}

// find returns the entry of a name, and the name, which may be the default table's.
func (c *Catalog) find(schema, name string) (*Entry, string, error) {
	asked := name
	if name == "" {
		t := c.Exposure.DefaultTable()
		name = t.Name
		if schema == "" {
			schema = t.Schema
		}
	}
	key := entryKey{role: c.caller.Role, Name: Name{schema, name}}
	var candidates []string
	if c.caller.Grants != nil {
		if candidates = c.candidates(schema, name); len(candidates) == 0 {
			return nil, name, notExposed(asked)
		}
		key.Schema = strings.Join(candidates, "\x00")
	}
	c.mu.Lock()
	e := c.remembered(key)
	c.mu.Unlock()
	if e != nil {
		return e, name, nil
	}
	if candidates == nil {
		candidates = c.candidates(schema, name)
	}
	if len(candidates) == 0 {
		return nil, name, notExposed(asked)
	}
	return c.entry(key, candidates), name, nil
}

// candidates are the schemas in which a table may be that the caller asks for, in order.
func (c *Catalog) candidates(schema, name string) []string {
	return slices.DeleteFunc(c.Exposure.candidates(schema, name), func(s string) bool { return !c.caller.grants(s, name) })
}

func notExposed(name string) *diagnosis.Finding {
	if name == "" {
		return diagnosis.New("table_not_exposed", "no table is named, and there is no default one", nil)
	}
	return diagnosis.New("table_not_exposed", "table "+strconv.Quote(name)+" is not exposed", nil)
}

// found returns t, or the finding if it is nil.
func (c *Catalog) found(e *Entry, t *Table, asked string) (*Entry, *Table, error) {
	name := e.key.Name.Name
	switch {
	case t != nil:
		return e, t, nil
	case asked == "" && len(c.Exposure.Tables) == 0:
		return nil, nil, diagnosis.New("table_not_exposed", "the query names no table, Config.Tables names no default one, and there is no table "+
			strconv.Quote(name)+" that the role may read in the exposed schemas", nil)
	case c.Exposure.All:
		return nil, nil, diagnosis.New("table_not_exposed", "there is no table "+strconv.Quote(name)+" that the role may read in the exposed schemas", nil)
	}
	return nil, nil, diagnosis.New("table_missing", "table "+strconv.Quote(name)+" is exposed but does not exist in the database", nil)
}
