package dbcontents

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"strconv"
)

// Table describes an exposed table or view. The Store keeps it: do not change it.
type Table struct {
	Schema, Name string
	// Kind is "table", "view", "materialized view", "foreign table" or "partitioned table".
	Kind string
	// Comment is what COMMENT ON TABLE says, else empty.
	Comment string
	// Columns are the columns that the role may read, in the table's order.
	Columns []Column
	// PrimaryKey are the names of the key's columns, in the key's order; nil without one.
	PrimaryKey []string

	full      string   // "schema.name"
	computed  []Column // functions of a row, which are columns too where one is named
	signature uint64   // of the columns' types
	partition bool
	plain     bool   // to read its columns, sorted or not, runs no code but PostgreSQL's own
	usage     bool   // the role may use the schema
	grant     bool   // the role may read the table or at least one column
	whole     *Table // what Only has narrowed, nil for a whole table
}

// Column describes a column of a table.
type Column struct {
	Name string
	// Type is the type as SQL writes it, such as "numeric(10,2)" or "text[]"; of
	// a cast it is the name that was asked for, of some aggregates empty.
	Type    string
	NotNull bool
	// Comment is what COMMENT ON COLUMN says, else empty.
	Comment string

	oid    uint32 // of the type as it is sent: domains are sent as their base type
	isJSON bool   // in JSON the server converts it: an array, a composite, or a type with a cast to json
	// SQL names of functions: the one that computes the column, and those that a
	// domain's casts name for its JSON and for making it of text; else empty.
	function, toJSON, fromText string
	comparison                 comparison
}

// String is "schema.name".
func (t *Table) String() string { return t.full }

// sign sets the signature.
func (t *Table) sign() {
	h := fnv.New64a()
	for _, columns := range [...][]Column{t.Columns, t.computed} {
		for i := range columns {
			fmt.Fprintf(h, "%q%q%d", columns[i].Name, columns[i].Type, columns[i].oid)
		}
	}
	t.signature = h.Sum64()
}

func (t *Table) readable() bool { return t.usage && t.grant }

func (t *Table) same(old *Table) bool { return old != nil && reflect.DeepEqual(t, old) }

// column finds a column or computed column.
func (t *Table) column(name string) *Column {
	for _, columns := range [...][]Column{t.Columns, t.computed} {
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

func quoted(name string) string { return strconv.Quote(name) }
