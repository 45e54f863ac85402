package compile

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// nestGroup adds an object made of groups of the one row.
func (c *composer) nestGroup(n *nest, f *Field, w written) error {
	e := f.Embed
	body, inner, err := c.rows(e, w.within(false))
	if err != nil {
		return err
	}
	list := make([]string, len(inner.values))
	alias := c.newAlias()
	values := []value{markerValue("CASE WHEN (" + alias + ".*) IS DISTINCT FROM NULL THEN true END")}
	for i, v := range inner.values {
		name := "c" + strconv.Itoa(i+1)
		list[i] = v.sql + " AS " + name
		v.sql = alias + "." + name
		v.group, v.aggregate = v.sql, false
		values = append(values, v)
	}
	on := "true"
	if c.marker != "" {
		on = c.marker // nothing is added up for a row that is missing
	}
	c.joins.WriteString(" LEFT JOIN LATERAL (SELECT " + strings.Join(list, ", ") + body + ") AS " + alias + " ON " + on)
	n.add(f.Name(), &encode.Embed{Members: inner.members}, values...)
	return nil
}

// rows is what follows the list in a SELECT of e's rows for a row of c, and what that list is.
func (c *composer) rows(e *Embed, w written) (body string, n nest, err error) {
	child := c.child(e)
	from, conditions, err := c.source(child)
	if err != nil {
		return "", n, err
	}
	child.grouped = e.groups()
	if err := child.nest(&n, w); err != nil {
		return "", n, err
	}
	order, err := child.order(e)
	if err != nil {
		return "", n, err
	}
	body = " FROM " + from + child.joins.String() + whereSQL(conditions)
	if groups := n.groups(); len(groups) > 0 {
		body += " GROUP BY " + strings.Join(groups, ", ")
	}
	return body + order + c.limitsOf(e, e.rows() != 0), n, nil
}

// groups are the values by which rows are put together.
func (n *nest) groups() (list []string) {
	if !n.grouped {
		return nil
	}
	for i := range n.values {
		if !n.values[i].aggregate {
			list = append(list, n.values[i].group)
		}
	}
	return list
}

// nestMany adds an array of objects, or of a spread an array for each of its columns.
func (c *composer) nestMany(n *nest, f *Field, w written) error {
	e := f.Embed
	body, inner, err := c.rows(e, w.within(true))
	if err != nil {
		return err
	}
	if inner.grouped && e.Spread {
		finding := refuse("spread_aggregate", "Aggregates are not implemented for one-to-many or many-to-many spreads.")
		finding.Message, finding.Addition = "Feature not implemented", finding.Detail
		return finding
	}
	list := make([]string, len(inner.values))
	for i := range inner.values {
		list[i] = inner.values[i].sql
	}
	if len(list) > maxSelect {
		return tooManyColumns()
	}
	// A record[] would be sent field by field when all is there, and PostgreSQL takes a kilobyte
	// for each field until the row is sent: gigabytes for a million rows. Of a record made
	// into its bytes at once it keeps no more than these.
	row := "pg_catalog.record_send(ROW(" + strings.Join(list, ", ") + "))"
	sql := "(SELECT pg_catalog.array_agg(" + row + ")" + body + ")"
	if inner.grouped || len(e.Order) > 0 || e.rows() != 0 || e.Offset != 0 {
		sql = "(SELECT pg_catalog.array_agg(r) FROM (SELECT " + row + " AS r" + body + ") AS " + c.newAlias() + ")"
	}
	member := &encode.Embed{Many: true, Spread: e.Spread, Members: inner.members}
	if e.capped() {
		member.Most = e.MaxRows
	}
	if c.marker != "" && c.embed.Spread { // all of a missing row is null
		member.Optional = true
		sql = "CASE WHEN " + c.marker + " THEN COALESCE(" + sql + ", ARRAY[]::pg_catalog.bytea[]) END"
	}
	n.add(f.Name(), member, value{sql: sql, group: sql, oid: pgtype.ByteaArrayOID, form: encode.BinaryForm})
	return nil
}
