package compile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// An item is an expression that is selected.
type item struct {
	expression
	key       string
	typ       string // its type as SQL writes it, if known
	aggregate bool
	converted bool // a function of the database makes its JSON
}

// items are the columns that fields select of the level's own table, and whether rows are put
// together into groups.
func (c *composer) items(fields []Field) (items []*item, grouped bool, err error) {
	omitted := func(name string) bool {
		return slices.ContainsFunc(fields, func(f Field) bool { return f.Omit && f.Column == name })
	}
	for i := range fields {
		f := &fields[i]
		if f.Embed != nil {
			continue
		}
		if f.Omit {
			if c.table.Column(f.Column) == nil {
				return nil, false, unknownColumn(c.table, f.Column)
			}
			continue
		}
		if f.star() {
			if c.table.Narrowed() && len(c.table.Columns) == 0 {
				return nil, false, catalog.NotAllowed("the allow-list names computed columns only, which are not among all columns")
			}
			if len(items)+len(c.table.Columns) > maxSelect {
				return nil, false, tooManyColumns()
			}
			for _, col := range c.table.Columns {
				if omitted(col.Name) {
					continue
				}
				x, _ := c.column(col.Name)
				items = append(items, &item{expression: x, key: col.Name})
			}
		} else if it, err := c.item(f); err != nil {
			return nil, false, err
		} else {
			items = append(items, it)
			grouped = grouped || it.aggregate
		}
	}
	if len(items) > maxSelect {
		return nil, false, tooManyColumns()
	}
	return items, grouped, nil
}

// rootItems are the items of the table that is read, as far as q's format can hold them.
func (c *composer) rootItems(q *Query) (items []*item, grouped bool, err error) {
	items, grouped, err = c.items(c.fields)
	if err != nil {
		return nil, false, err
	}
	if q.Format == encode.Binary && (len(items) != 1 || items[0].oid != pgtype.ByteaOID || embeds(c.fields)) {
		return nil, false, refuse("not_one_bytea", "binary is one bytea column; select it, or ask for another format")
	}
	if q.Format == encode.Text && !embeds(c.fields) {
		items, err = c.textColumn(items, len(c.fields) == 1 && c.fields[0].star())
	}
	return items, grouped, err
}

var allColumns = []Field{{}}

// fields are what q selects.
func (q *Query) fields() []Field {
	if len(q.Select) == 0 {
		return allColumns
	}
	return q.Select
}

// textColumn is the item that Text writes: what the original of this program
// printed was the second column.
func (c *composer) textColumn(items []*item, all bool) ([]*item, error) {
	switch {
	case len(items) == 1:
		return items, nil
	case len(items) == 0:
		return nil, refuse("query_invalid", "text holds one column, and the table has none")
	case !all:
		return nil, refuse("query_invalid", "text holds one column; select one, or ask for another format")
	}
	return items[1:2], nil
}

func (c *composer) item(f *Field) (*item, error) {
	if c.embed != nil && f.countsRows(c.table) {
		counted := Field{Aggregate: "count", AggregateCast: f.Cast, Alias: f.Alias}
		f = &counted
	}
	it := &item{key: f.key(), aggregate: f.Aggregate != ""}
	if f.Column != "" {
		x, err := c.field(f.Column, f.Path, f.Text)
		if err != nil {
			return nil, err
		}
		it.expression = x
		if f.Cast != "" {
			it.expression, it.typ = c.cast(x, f.Cast), f.Cast
		}
	}
	if f.Aggregate == "count" && f.Column == "" && c.marker != "" {
		it.sql = c.marker // of rows that are joined, and may be missing
	}
	if f.Aggregate != "" {
		it.expression, it.typ = aggregate(f.Aggregate, it.expression), ""
	}
	if f.AggregateCast != "" {
		it.expression, it.typ = c.cast(it.expression, f.AggregateCast), f.AggregateCast
	}
	return it, nil
}

// representation is the function that makes the JSON of a domain's column.
func (it *item) representation() string {
	if it.column == nil {
		return ""
	}
	return it.column.ToJSON
}

// describe is the item as a column of the result.
func (it *item) describe() *catalog.Column {
	if it.column != nil {
		if it.key == it.column.Name {
			return it.column
		}
		c := *it.column
		c.Name = it.key
		return &c
	}
	c := &catalog.Column{Name: it.key, Type: it.typ, NotNull: it.notNull, OID: it.oid, IsJSON: it.isJSON}
	if c.Type == "" {
		c.Type = typeNames[it.oid]
	}
	return c
}

// typeNames are SQL's names of what paths and aggregates give.
var typeNames = map[uint32]string{
	pgtype.JSONOID: "json", pgtype.JSONBOID: "jsonb", pgtype.TextOID: "text", pgtype.Int2OID: "smallint", pgtype.Int4OID: "integer",
	pgtype.Int8OID: "bigint", pgtype.NumericOID: "numeric", pgtype.Float4OID: "real", pgtype.Float8OID: "double precision",
}

// aggregate applies one of the aggregates to x. They are not written with a
// schema: extensions bring their own for their types.
func aggregate(name string, x expression) expression {
	if name == "count" {
		if x.sql == "" {
			x.sql = "*"
		}
		return expression{sql: "pg_catalog.count(" + x.sql + ")", oid: pgtype.Int8OID, notNull: true}
	}
	return expression{sql: name + "(" + x.sql + ")", oid: aggregateOID(name, x.oid)}
}

// aggregateOID is the type of an aggregate of a type, 0 where that is not
// plain: the server then says how its values are written.
func aggregateOID(name string, oid uint32) uint32 {
	exact := slices.Contains([]uint32{pgtype.Int8OID, pgtype.NumericOID}, oid)
	small := slices.Contains([]uint32{pgtype.Int2OID, pgtype.Int4OID}, oid)
	float := slices.Contains([]uint32{pgtype.Float4OID, pgtype.Float8OID}, oid)
	switch {
	case name == "sum" && small:
		return pgtype.Int8OID
	case name == "sum" && exact, name == "avg" && (small || exact):
		return pgtype.NumericOID
	case name == "avg" && float:
		return pgtype.Float8OID
	case name == "sum" && float, (name == "min" || name == "max") && (small || exact || float || oid == pgtype.TextOID):
		return oid
	}
	return 0
}

// Casts are the names of the types that q casts to.
func (q *Query) Casts() []string { return castsOf(nil, q.Select) }

func castsOf(names []string, fields []Field) []string {
	for i := range fields {
		for _, name := range [...]string{fields[i].Cast, fields[i].AggregateCast} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if e := fields[i].Embed; e != nil {
			names = castsOf(names, e.Select)
		}
	}
	return names
}

// unknownColumn says what PostgreSQL would say, and names the column that was
// probably meant.
func unknownColumn(t *catalog.Table, name string) error {
	names := make([]string, len(t.Columns), len(t.Columns)+len(t.Computed))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	listed := len(names)
	for _, c := range t.Computed {
		names = append(names, c.Name)
	}
	if listed == 0 {
		listed = len(names)
	}
	err := refuse("column_unknown", "column "+t.Name+"."+shorten(name)+" does not exist")
	err.Hint = "names are case-sensitive; the columns are " + strings.Join(names[:listed], ", ")
	if meant := nearest.Of(name, names...); meant != "" {
		err.Hint = "perhaps you meant the column " + strconv.Quote(meant) + "; " + err.Hint
	}
	return err
}
