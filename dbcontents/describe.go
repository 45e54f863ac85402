package dbcontents

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// A Description is all that a Store's session may read, see [Store.Describe].
type Description struct {
	// Tables are those of [Store.Tables], and Functions the functions that can be called, in the same order.
	Tables, Functions []*Table
	// Default is the table of a Query that names none; nil if it is not among Tables.
	Default *Table
	// Names are those by which Tables can be read without naming a schema, as of [Store.Names].
	Names []string
	// Types say what the types of columns and parameters are made of. The keys are how
	// Column.Type and Parameter.Type have them. One that was just made may be missing.
	Types map[string]*Type

	keys map[catalog.Name][]Relationship
}

// A Type says what the values of a type are made of.
type Type struct {
	// Schema and Name are those of the type as it is sent, such as "pg_catalog" and "int4": of a domain
	// those of the type below it. They are empty for the row type of a table, which may be hidden.
	Schema, Name string
	// Kind is "base", "array", "composite", "enum", "range", "multirange" or "pseudo".
	Kind string
	// Length is the most characters that a value has, 0 if there is no limit.
	Length int
	// Labels are the values of an enum, in its order.
	Labels []string
	// Element is the key in Types of the type of an array's elements. Arrays may be nested.
	Element string
	// Fields are those of a composite type. The row type of a table has none here.
	Fields []Column
	// Custom tells that a function of the database's own makes the JSON of values, which can be anything.
	Custom bool
}

// Describe describes tables and functions, with the types of their columns and the foreign
// keys between the tables. An empty schema means every exposed one. If names is not nil, it has the names of what is
// described; those of functions have "()" behind them. What does not exist is left out. Describe asks the database each time, in
// two or three round trips, however much there is.
func (s *Store) Describe(ctx context.Context, schema string, names []string) (*Description, error) {
	if err := s.usable("tables"); err != nil {
		return nil, err
	}
	part := catalog.Part{Schema: schema}
	if names != nil {
		part.Tables, part.Functions = []string{}, []string{}
	}
	for _, name := range names {
		q := compile.Query{Schema: schema, Table: name}
		function, call := strings.CutSuffix(name, "()")
		if call {
			q.Table, q.Function = "", function
			part.Functions = append(part.Functions, function)
		} else {
			part.Tables = append(part.Tables, name)
		}
		if err := q.Check(false); err != nil {
			return nil, classify("catalog", name, diagnosis.Naming, err)
		}
	}
	found, err := s.catalog.Describe(ctx, &s.asker, part)
	if err != nil {
		return nil, classify("catalog", "", diagnosis.Naming, err)
	}
	d := &Description{Names: found.Names, Types: map[string]*Type{}, keys: map[catalog.Name][]Relationship{}}
	d.Tables, d.Functions = s.describeAll(found.Tables), s.describeAll(found.Functions)
	for _, list := range [2][]*Table{d.Tables, d.Functions} {
		for _, t := range list {
			d.addTypes(found.Types, t)
		}
	}
	if found.Default != nil {
		if i := slices.IndexFunc(d.Tables, func(t *Table) bool { return t.String() == found.Default.String() }); i >= 0 {
			d.Default = d.Tables[i]
		}
	}
	s.relateAll(d, found.ForeignKeys)
	return d, nil
}

// describeAll describes what the session grants of tables or functions.
func (s *Store) describeAll(tables []*catalog.Table) []*Table {
	list := make([]*Table, 0, len(tables))
	for _, t := range tables {
		columns := s.session.grant(t).Columns
		if t = t.Only(columns); columns == nil || len(t.Columns)+len(t.Computed) > 0 {
			list = append(list, describe(t))
		}
	}
	return list
}

// relateAll adds foreign keys whose columns the session grants.
func (s *Store) relateAll(d *Description, keys []*catalog.ForeignKey) {
	known := map[catalog.Name]*Table{}
	for _, t := range d.Tables {
		known[catalog.Name{Schema: t.Schema, Name: t.Name}] = t
	}
	end := func(name catalog.Name) *Table {
		if t := known[name]; t != nil {
			return t
		}
		return &Table{Schema: name.Schema, Name: name.Name}
	}
	grants := func(name catalog.Name, pairs [][2]string, n int) bool {
		columns := s.session.grant(&catalog.Table{Schema: name.Schema, Name: name.Name}).Columns
		return columns == nil || !slices.ContainsFunc(pairs, func(pair [2]string) bool { return !slices.Contains(columns, pair[n]) })
	}
	for _, k := range keys {
		if !grants(k.From, k.Pairs, 0) || !grants(k.To, k.Pairs, 1) {
			continue
		}
		inverse := make([][2]string, len(k.Pairs))
		for i, pair := range k.Pairs {
			inverse[i] = [2]string{pair[1], pair[0]}
		}
		if known[k.From] != nil {
			d.keys[k.From] = append(d.keys[k.From], Relationship{Table: end(k.To), Constraint: k.Constraint, ToOne: true, Columns: k.Pairs})
		}
		if known[k.To] != nil {
			d.keys[k.To] = append(d.keys[k.To], Relationship{Table: end(k.From), Constraint: k.Constraint, Inverse: true, ToOne: k.OneToOne, Columns: inverse})
		}
	}
}

// addTypes adds the types of t's columns and parameters. Those of columns that the session may not read are left out.
func (d *Description) addTypes(found map[string]*catalog.Type, t *Table) {
	for i := range t.Columns {
		d.addType(found, t.Columns[i].Type)
	}
	for i := range t.Parameters {
		d.addType(found, t.Parameters[i].Type)
	}
}

// addType adds a type and what it is made of.
func (d *Description) addType(found map[string]*catalog.Type, sql string) {
	t := found[sql]
	if t == nil || d.Types[sql] != nil {
		return
	}
	d.Types[sql] = describeType(t)
	d.addType(found, t.Element)
	for i := range t.Fields {
		d.addType(found, t.Fields[i].Type)
	}
}

// ForeignKeys are the foreign keys of one of d.Tables and those that lead to it, as far as the
// session may read both tables and all columns of the key. Unlike [Store.Relationships]
// it knows none of views, and it has those to tables in other schemas, which no [Related] leads to. A Table in
// a Relationship that is not one of d.Tables has only its names.
func (d *Description) ForeignKeys(t *Table) []Relationship {
	return d.keys[catalog.Name{Schema: t.Schema, Name: t.Name}]
}

// typeKinds are the words for kinds of types.
var typeKinds = map[catalog.TypeKind]string{
	catalog.ArrayKind: "array", catalog.BaseKind: "base", catalog.CompositeKind: "composite", catalog.EnumKind: "enum",
	catalog.MultirangeKind: "multirange", catalog.PseudoKind: "pseudo", catalog.RangeKind: "range",
}

func describeType(t *catalog.Type) *Type {
	d := &Type{Schema: t.Schema, Name: t.Name, Kind: typeKinds[t.Kind], Labels: t.Labels, Element: t.Element, Custom: t.Cast}
	if len(t.Labels) == 0 {
		d.Labels = nil
	}
	for i := range t.Fields {
		d.Fields = append(d.Fields, describeColumn(&t.Fields[i]))
	}
	if t.Schema == "pg_catalog" && (t.Name == "varchar" || t.Name == "bpchar") {
		_, length, _ := strings.Cut(t.SQL, "(")
		d.Length, _ = strconv.Atoi(strings.TrimSuffix(length, ")"))
	}
	return d
}
