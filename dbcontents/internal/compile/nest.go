package compile

import (
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A nest is what a level of a statement selects: the values in their order, and how they
// make the members of an object.
type nest struct {
	values  []value
	members []encode.Member
	columns []*catalog.Column // of the result, for members at the top
	grouped bool              // an aggregate is among the values
}

// A value is one that the database sends, in a row or in a record.
type value struct {
	sql       string
	group     string // by which rows are put together if it is no aggregate
	oid       uint32
	form      int16
	aggregate bool
	converted bool // a function of the database makes it
}

// written is how values are to be written.
type written struct {
	format encode.Format
	output encode.Options
	zoned  bool // timestamps are in a zone that the request has chosen
	record bool // they are the fields of a record, which come in binary form
	// grouped tells that the level makes groups of rows. keyed tells that the values are part of
	// an embed in such a level: rows are grouped by them, and json, which cannot be compared, is
	// sent as jsonb.
	grouped, keyed bool
}

func (q *Query) written() written {
	return written{format: q.Format, output: q.Output, zoned: q.TimeZone != ""}
}

// within is how values of an embed are written, which is JSON in every format.
func (w written) within(record bool) written {
	if w.format == "" || w.format == encode.Wire {
		w.zoned = false
	}
	if w.format != encode.JSON && w.format != encode.NDJSON {
		w.format, w.output = encode.JSON, encode.Options{}
	}
	w.output.Object = false
	w.record = w.record || record
	w.keyed = w.keyed || w.grouped
	return w
}

// addItems adds what the level selects of its own table.
func (n *nest) addItems(items []*item, w written) {
	for _, it := range items {
		n.addItem(it, it.sql, w)
	}
}

func (n *nest) addItem(it *item, group string, w written) {
	v := value{group: group, aggregate: it.aggregate}
	var encoder encode.Encoder
	v.oid, v.form, encoder = it.send(w)
	v.sql, v.converted = it.sql, it.converted
	column := it.describe()
	member := encode.Member{Name: column.Name, Encode: encoder}
	if w.record && (it.column == nil || it.column.Declared == v.oid) {
		member.OID = v.oid // the value of a domain has the domain's
	}
	if toJSON := w.format == encode.JSON || w.format == encode.NDJSON; toJSON && (it.isJSON || it.converted) {
		member.Source = pgtype.JSONOID
	} else if v.oid == pgtype.JSONOID && it.oid != v.oid {
		member.Source = it.oid
	}
	n.values = append(n.values, v)
	n.members = append(n.members, member)
	n.columns = append(n.columns, column)
}

// add adds values that make one member, which is of a related table.
func (n *nest) add(name string, e *encode.Embed, values ...value) {
	n.values = append(n.values, values...)
	n.members = append(n.members, encode.Member{Name: name, Embed: e})
	n.columns = appendColumns(n.columns, &n.members[len(n.members)-1])
}

// appendColumns appends the columns that m makes in the result.
func appendColumns(columns []*catalog.Column, m *encode.Member) []*catalog.Column {
	if m.Embed != nil && m.Embed.Spread {
		for i := range m.Embed.Members {
			columns = appendColumns(columns, &m.Embed.Members[i])
		}
		return columns
	}
	return append(columns, &catalog.Column{Name: m.Name, Type: "json", OID: pgtype.JSONOID, IsJSON: true})
}

// nest adds all that c's level selects to n: its own columns, and then what it embeds.
func (c *composer) nest(n *nest, w written) error {
	items, grouped, err := c.items(c.fields)
	if err != nil {
		return err
	}
	if c.columns += len(items); c.columns > maxColumns {
		return refuse("query_invalid", "the query selects more than "+strconv.Itoa(maxColumns)+" columns of related tables; select fewer")
	}
	n.addItems(items, w)
	n.grouped = n.grouped || grouped
	return c.nestEmbeds(n, w)
}

// nestEmbeds adds what c's level embeds to n, and joins what that needs.
func (c *composer) nestEmbeds(n *nest, w written) error {
	w.grouped = w.grouped || c.grouped
	for i := range c.fields {
		f := &c.fields[i]
		e := f.Embed
		if e == nil || !e.selects() {
			continue
		}
		var err error
		switch {
		case !e.Via.ToOne():
			err = c.nestMany(n, f, w)
		case e.Spread:
			err = c.spreadOne(n, e, w)
		case e.groups():
			err = c.nestGroup(n, f, w)
		default:
			err = c.nestOne(n, f, w)
		}
		if err != nil {
			return err
		}
		if len(n.values) > maxSelect {
			return tooManyColumns()
		}
	}
	return nil
}

// spreadOne adds what e selects to the level itself.
func (c *composer) spreadOne(n *nest, e *Embed, w written) error {
	child, err := c.join(e)
	if err != nil {
		return err
	}
	err = child.nest(n, w)
	c.joins.WriteString(child.joins.String())
	return err
}

// nestOne adds an object, or null.
func (c *composer) nestOne(n *nest, f *Field, w written) error {
	child, err := c.join(f.Embed)
	if err != nil {
		return err
	}
	var inner nest
	if err := child.nest(&inner, w.within(false)); err != nil {
		return err
	}
	c.joins.WriteString(child.joins.String())
	n.add(f.Name(), &encode.Embed{Members: inner.members}, append([]value{markerValue(child.marker)}, inner.values...)...)
	return nil
}

func markerValue(sql string) value {
	return value{sql: sql, group: sql, oid: pgtype.BoolOID, form: encode.BinaryForm}
}

// groups reports whether e makes one row of many.
func (e *Embed) groups() bool {
	for i := range e.Select {
		f := &e.Select[i]
		switch {
		case f.Embed != nil:
			if f.Embed.Spread && f.Embed.groups() {
				return true
			}
		case f.Aggregate != "" || f.countsRows(e.Of):
			return true
		}
	}
	return false
}

// countsRows reports whether f is the number of rows, as it was written before PostgREST
// had aggregates: a column called count that t does not have.
func (f *Field) countsRows(t *catalog.Table) bool {
	return f.Column == "count" && len(f.Path) == 0 && f.Aggregate == "" && !f.Omit && t.Column("count") == nil
}
