package dbcontents

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// A plan is how a Query's rows are asked for and turned into bytes. It depends
// on the table and on the shape of the Query, not on its limits, and is kept
// with the catalog entry: columns are looked at once, not once a row.
type plan struct {
	table     *Table
	sql       string // without its limits
	columns   []Column
	want      []uint32 // types of the columns as they will be sent
	formats   []int16
	encode    []encoder
	layout    layout
	separator byte     // of CSV
	keys      [][]byte // what precedes each value in JSON: {"a": or ,"b":
	header    []byte   // CSV's first line
}

// maxPlans bounds the shapes kept for a table; strangers choose them.
const maxPlans = 64

// plan finds or makes the plan of q for the table t of e.
func (e *entry) plan(t *Table, q *Query) (*plan, error) {
	key := q.shape()
	e.mu.Lock()
	p := e.plans[key]
	e.mu.Unlock()
	if p != nil && p.table == t {
		return p, nil
	}
	p, err := newPlan(t, q)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == t {
		if e.plans == nil || len(e.plans) >= maxPlans {
			e.plans = map[string]*plan{}
		}
		e.plans[key] = p
	}
	return p, nil
}

// shape is what of a Query decides its plan.
func (q *Query) shape() string {
	if len(q.Select) == 0 && len(q.Order) == 0 {
		return string(q.Format) + q.Output.shape()
	}
	var b strings.Builder
	b.WriteString(string(q.Format))
	b.WriteString(q.Output.shape())
	for _, f := range q.Select {
		b.WriteByte(0) // not part of any name
		b.WriteString(f.Column)
	}
	for _, o := range q.Order {
		b.WriteString("\x00\x00")
		b.WriteString(o.Column)
		b.WriteByte(0)
		if o.Desc {
			b.WriteByte('d')
		}
		b.WriteString(string(o.Nulls))
	}
	return b.String()
}

func newPlan(t *Table, q *Query) (*plan, error) {
	p := &plan{table: t}
	var err error
	if p.columns, err = selected(t, q); err != nil {
		return nil, err
	}
	var sql strings.Builder
	sql.WriteString("SELECT ")
	for i, c := range p.columns {
		if i > 0 {
			sql.WriteString(", ")
		}
		p.addColumn(&sql, c, q)
	}
	sql.WriteString(" FROM ")
	quoteName(&sql, t.Schema)
	sql.WriteByte('.')
	quoteName(&sql, t.Name)
	if err := orderBy(&sql, t, q.Order); err != nil {
		return nil, err
	}
	p.sql = sql.String()
	p.layout, p.separator = q.layout(), q.Output.separator()
	p.header = csvHeader(p.columns, q.Output)
	p.keys = jsonKeys(p.columns)
	return p, nil
}

// limitShapes are the ends of a SELECT, indexed by limits: a limit that is
// there is a parameter, so that pages share a plan; one that is not there must
// not be, or PostgreSQL would plan for a part of the rows.
var limitShapes = [4]string{"", " LIMIT $1", " OFFSET $1", " LIMIT $1 OFFSET $2"}

func (q *Query) limits() (index int) {
	if q.Limit != 0 {
		index |= 1
	}
	if q.Offset != 0 {
		index |= 2
	}
	return index
}

// limitTypes are the types of the parameters of every plan.
var limitTypes = []uint32{pgtype.Int8OID, pgtype.Int8OID}

// limitValues are the parameters of q's plan, in text form.
func (q *Query) limitValues() [][]byte {
	var params [][]byte
	if q.Limit != 0 {
		params = append(params, strconv.AppendInt(nil, max(q.Limit, 0), 10))
	}
	if q.Offset != 0 {
		params = append(params, strconv.AppendInt(nil, q.Offset, 10))
	}
	return params
}

// selected are the columns that q reads.
func selected(t *Table, q *Query) ([]Column, error) {
	columns := t.Columns
	if len(q.Select) > 0 {
		columns = make([]Column, len(q.Select))
		for i, f := range q.Select {
			c := t.column(f.Column)
			if c == nil {
				return nil, t.unknownColumn(f.Column)
			}
			columns[i] = *c
		}
	}
	if q.Format == Binary && (len(columns) != 1 || columns[0].oid != pgtype.ByteaOID) {
		return nil, invalid(t.String(), "not_one_bytea", "binary is one bytea column; select it, or ask for another format")
	}
	if q.Format == Text {
		// One column: what the original of this program printed was the second one.
		switch {
		case len(q.Select) > 1:
			return nil, invalid(t.String(), "query_invalid", "text holds one column; select one, or ask for another format")
		case len(columns) > 1:
			columns = columns[1:2]
		case len(columns) == 0:
			return nil, invalid(t.String(), "query_invalid", "text holds one column, and the table has none")
		}
	}
	return columns, nil
}

func (t *Table) unknownColumn(name string) error {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return invalid(t.String(), "column_unknown", "no column "+quoted(name)+"; there are "+strings.Join(names, ", "))
}

// addColumn appends a column to the SELECT list and to the plan.
func (p *plan) addColumn(sql *strings.Builder, c Column, q *Query) {
	before, after, oid, wire, encode := q.column(c.oid, c.isJSON)
	sql.WriteString(before)
	quoteName(sql, c.Name)
	sql.WriteString(after)
	p.want = append(p.want, oid)
	p.formats = append(p.formats, wire)
	p.encode = append(p.encode, encode)
}

func orderBy(sql *strings.Builder, t *Table, order []Order) error {
	for i, o := range order {
		if t.column(o.Column) == nil {
			return t.unknownColumn(o.Column)
		}
		sql.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)])
		// With the table's name it cannot be taken for an output column.
		quoteName(sql, t.Name)
		sql.WriteByte('.')
		quoteName(sql, o.Column)
		if o.Desc {
			sql.WriteString(" DESC")
		}
		switch o.Nulls {
		case NullsFirst:
			sql.WriteString(" NULLS FIRST")
		case NullsLast:
			sql.WriteString(" NULLS LAST")
		}
	}
	return nil
}
