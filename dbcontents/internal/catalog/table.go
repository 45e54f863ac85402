package catalog

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// A Table is an exposed table, view or function as a look-up found it. It is never changed.
type Table struct {
	Schema, Name string
	// Kind is "table", "view", "materialized view", "foreign table" or "partitioned table",
	// or "function".
	Kind string
	// Call is how to call it, if it is a function; else nil.
	Call *Call
	// Comment is what COMMENT ON TABLE says, else empty.
	Comment string
	// Columns are the columns that the role may read, in the table's order.
	Columns []Column
	// PrimaryKey are the names of the key's columns, in the key's order; nil without one.
	PrimaryKey []string

	Computed  []Column // functions of a row, which are columns too where one is named
	Signature uint64   // of the columns' types
	Plain     bool     // to read its columns, sorted or not, runs no code but PostgreSQL's own
	Open      bool     // the role may read all columns, and no policy and no view hides rows from it
	full      string   // "schema.name"
	partition bool
	usage     bool   // the role may use the schema
	grant     bool   // the role may read the table or at least one column
	whole     *Table // what Only has narrowed, nil for a whole table
	memo      *memo
	overloads []*Table // the functions for which t stands, see overloading
}

// A Column is one of a table, or of a result.
type Column struct {
	Name string
	// Type is the type as SQL writes it, such as "numeric(10,2)" or "text[]", but for
	// row types of tables as in typeNameSQL; of a cast it is the name that was asked for, of some aggregates empty.
	Type    string
	NotNull bool
	// Comment is what COMMENT ON COLUMN says, else empty.
	Comment string

	OID      uint32 // of the type as it is sent: domains are sent as their base type
	Declared uint32 // of the type itself
	IsJSON   bool   // in JSON the server converts it: an array, a composite, or a type with a cast to json
	// SQL names of functions: the one that computes the column, and those that a
	// domain's casts name for its JSON and for making it of text; else empty.
	Function, ToJSON, FromText string
	Comparison                 Comparison
}

// String is "schema.name".
func (t *Table) String() string {
	if t.full == "" { // it was not looked up
		return t.Schema + "." + t.Name
	}
	return t.full
}

// Named is a relation or a function of which nothing but its name is known.
func Named(n Name, call bool) *Table {
	t := &Table{Schema: n.Schema, Name: n.Name, full: n.String(), memo: &memo{}}
	if call {
		t.Kind, t.Call, t.full = "function", &Call{}, t.full+"()"
	}
	return t
}

// sign sets the signature.
func (t *Table) sign() {
	h := fnv.New64a()
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			fmt.Fprintf(h, "%q%q%d", columns[i].Name, columns[i].Type, columns[i].OID)
		}
	}
	t.Signature = h.Sum64()
}

// Readable reports whether the role may read anything of t.
func (t *Table) Readable() bool { return t.usage && t.grant }

func (t *Table) same(old *Table) bool {
	if old == nil || !slices.EqualFunc(t.overloads, old.overloads, (*Table).same) {
		return false
	}
	a, b := *t, *old
	a.memo, b.memo, a.overloads, b.overloads = nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

// A memo is what the user of a table has made of it.
type memo struct {
	once  sync.Once
	value any
	id    uint64
}

// looked numbers the tables that were looked up.
var looked atomic.Uint64

func newMemo() *memo { return &memo{id: looked.Add(1)} }

// ID tells t from every other table that was looked up, also from the same one as it was
// before. What Only has narrowed has that of its origin.
func (t *Table) ID() uint64 {
	if m := t.Origin().memo; m != nil {
		return m.id
	}
	return 0
}

// Memo returns what make gave when it was called for t first.
func (t *Table) Memo(make func() any) any {
	t.memo.once.Do(func() { t.memo.value = make() })
	return t.memo.value
}

// Column finds a column or computed column.
func (t *Table) Column(name string) *Column {
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			if columns[i].Name == name {
				return &columns[i]
			}
		}
	}
	return nil
}

var kinds = map[string]string{
	"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table",
}
