package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// An Overview is all that there is for a caller, as one look at the catalog has found it.
type Overview struct {
	Tables, Functions []*Table // in the order of the schemas and by name
	// Default is the table of a query that names none; nil if it is not among Tables.
	Default *Table
	// Names are those by which Tables can be read without a schema, as of Catalog.Names.
	Names       []string
	ForeignKeys []*ForeignKey    // between tables that the role may read, by columns that it may read
	Types       map[string]*Type // by how SQL writes the type of a column or a parameter
}

// Part says what of everything an Overview is about. The zero value is all of it.
type Part struct {
	Schema            string   // empty: every exposed one
	Tables, Functions []string // nil: all
}

// Describe looks up an Overview. It asks the database each time, in two round trips, or in three
// if there are types that bring operators of their own. What is found is not remembered.
func (c *Catalog) Describe(ctx context.Context, a Asker, part Part) (*Overview, error) {
	x := &c.Exposure
	schemas, names := x.scope()
	callSchemas := x.functionSchemas()
	if part.Schema != "" {
		schemas, callSchemas = []string{part.Schema}, []string{part.Schema}
	}
	if part.Tables != nil {
		names = slices.DeleteFunc(slices.Clone(part.Tables), func(name string) bool { return len(c.candidates(part.Schema, name)) == 0 })
	}
	statements := []wire.Statement{tablesStatement(schemas, names), x.foreignKeysStatement(names)}
	calls := c.asked(part)
	if len(calls) > 0 {
		statements = append(statements, x.functionsStatement(calls...))
	}
	for i := range statements {
		statements[i].Sync = i == len(statements)-1
	}
	var o *Overview
	err := a.Ask(ctx, func(exchange Exchange) error {
		c.Lookups.Add(1)
		asked := time.Now()
		o = &Overview{}
		more, err := exchange(statements, func(f *wire.Flight, first int) (err error) {
			tables, err := receiveTables(f, first)
			if err != nil {
				return err
			}
			if part.Schema == "" && part.Tables == nil {
				c.learn(tables, asked)
			}
			c.choosePart(o, part, tables)
			if o.ForeignKeys, err = c.receiveForeignKeys(f, first+1); err != nil || len(calls) == 0 {
				return err
			}
			functions, _, err := x.receiveFunctions(f, first+2, calls...)
			o.Functions = slices.DeleteFunc(functions, func(t *Table) bool {
				return t.Call.hidden || !slices.Contains(callSchemas, t.Schema) || len(c.callable(t.Schema, t.Name)) == 0
			})
			return err
		})
		if err == nil && more {
			err = giveOperators(exchange, slices.Concat(o.Tables, o.Functions))
		}
		if err == nil && more {
			o.Types, err = lookUpTypes(exchange, o)
		}
		return err
	})
	return o, err
}

// asked are the names of the functions of a part that may be there.
func (c *Catalog) asked(part Part) (names []string) {
	for _, f := range c.Exposure.Functions {
		if (part.Functions == nil || slices.Contains(part.Functions, f.Name)) && len(c.callable(part.Schema, f.Name)) > 0 && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// choosePart takes from the tables what there is for the caller.
func (c *Catalog) choosePart(o *Overview, part Part, tables []*Table) {
	x := &c.Exposure
	wanted := x.DefaultTable()
	if part.Schema != "" {
		wanted.Schema = part.Schema
	}
	var list []found
	defaultFound := false
	for _, t := range tables {
		if !x.Admits(t) || !c.caller.grants(t.Schema, t.Name) {
			continue
		}
		list = append(list, found{Name{t.Schema, t.Name}, t.Readable()})
		if !defaultFound && t.Name == wanted.Name && (wanted.Schema == "" || wanted.Schema == t.Schema) {
			defaultFound = true // another one of that name is not meant, even if this one cannot be read
			if t.Readable() {
				o.Default = t
			}
		}
		if t.Readable() {
			o.Tables = append(o.Tables, t)
		}
	}
	o.Names = x.names(list)
}
