package compile

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// filterParams are the values of the parameters of q's arguments, filters and blocks, in the order of their places.
func (q *Query) filterParams() [][]byte {
	return q.Blocks.params(q.Where.params(q.Mandatory.params(q.argParams())))
}

// where is the SQL of a filter; "" if it lets every row pass.
func (c *composer) where(f *Condition) (string, error) {
	if f == nil || f.kind == allOf && len(f.parts) == 0 {
		return "", nil
	}
	var b strings.Builder
	err := c.condition(&b, f)
	return b.String(), err
}

func (c *composer) condition(b *strings.Builder, f *Condition) error {
	if f == nil {
		b.WriteString("true")
		return nil
	}
	switch f.kind {
	case comparison:
		return c.comparison(b, f)
	case negated:
		b.WriteString("NOT ")
	}
	if len(f.parts) == 0 {
		b.WriteString([]string{allOf: "true", anyOf: "false"}[f.kind])
		return nil
	}
	b.WriteByte('(')
	for i := range f.parts {
		if i > 0 {
			b.WriteString([]string{allOf: " AND ", anyOf: " OR "}[f.kind])
		}
		if err := c.condition(b, f.parts[i]); err != nil {
			return err
		}
	}
	b.WriteByte(')')
	return nil
}

func (c *composer) comparison(b *strings.Builder, f *Condition) error {
	if test, err := c.relatedTest(f); test != "" || err != nil {
		b.WriteString("(" + test + ")")
		return err
	}
	x, err := c.field(f.Field.Column, f.Field.Path, f.Field.Text)
	if err != nil {
		return err
	}
	if f.op.kind != isState {
		x = x.compared()
	}
	c.leaks = c.leaks || c.guard != "" && c.mayLeak(f)
	b.WriteString("(" + c.test(x, f) + ")")
	return nil
}

// relatedTest is the SQL of a test of an embed: whether it has rows, or how many. It is
// empty if f tests a column.
func (c *composer) relatedTest(f *Condition) (test string, err error) {
	name := f.Field.Column
	e := c.embedCalled(name)
	switch {
	case f.Field.Aggregate != "" && e == nil:
		return "", unknownEmbed(name)
	case f.Field.Aggregate != "":
		if test, err = c.count(e); err != nil {
			return "", err
		}
		x := expression{sql: test, oid: pgtype.Int8OID}
		test = c.test(x, f)
	case e == nil || f.op.kind != isState || len(f.Field.Path) > 0:
		return "", nil
	case f.state == states["null"] || f.state == states["not_null"]:
		if test, err = c.exists(e); err != nil {
			return "", err
		}
		if f.state == states["null"] {
			test = "NOT " + test
		}
		c.hasInput = true
	default:
		return "", nil
	}
	c.leaks = c.leaks || c.guard != ""
	return test, nil
}

// unknownEmbed is the finding that nothing that is selected is called name.
func unknownEmbed(name string) *diagnosis.Finding {
	f := refuse("embed_unknown", "'"+shorten(name)+"' is not an embedded resource in this request")
	f.Hint = "Verify that '" + shorten(name) + "' is included in the 'select' query parameter."
	return f
}

// test is the SQL of a comparison with x.
func (c *composer) test(x expression, f *Condition) string {
	switch f.op.kind {
	case isState:
		c.hasInput = true
		return x.sql + " IS " + f.state
	case inList:
		return x.sql + " " + x.operator("=") + " ANY (" + c.list(x, f) + ")"
	case isDistinct:
		return x.distinctFrom(c.operand(x, f))
	case fullText:
		return c.fullText(x, f)
	}
	return x.sql + " " + x.operator(f.op.sql) + " " + c.operand(x, f)
}

// operand is the right side of a comparison.
func (c *composer) operand(x expression, f *Condition) string {
	switch {
	case f.modifier != "":
		return strings.ToUpper(f.modifier) + " (" + c.param(f) + ")"
	case f.op.kind != pattern && x.column != nil && x.column.FromText != "":
		return x.column.FromText + "(" + c.param(f) + ")"
	}
	return c.param(f)
}

// list is the array to compare x with each element of.
func (c *composer) list(x expression, f *Condition) string {
	if x.column != nil && x.column.FromText != "" {
		return "ARRAY (SELECT " + x.column.FromText + "(v) FROM pg_catalog.unnest(" + c.param(f) + "::text[]) v)"
	}
	return c.param(f)
}

// fullText makes what is not yet a tsvector one. Of a computed column it is
// left to the function what it gives.
func (c *composer) fullText(x expression, f *Condition) string {
	config := ""
	if f.modifier != "" {
		// Letters, digits and the like only, see parseOp; a constant so that an index serves.
		config = "'" + strings.TrimSpace(f.modifier) + "', "
	}
	computed := c.table.Column(f.Field.Column).Function != ""
	vector := x.sql
	if x.oid != tsvectorOID && !computed {
		vector = "pg_catalog.to_tsvector(" + config + x.sql + ")"
	}
	return vector + " @@ pg_catalog." + f.op.sql + "(" + config + c.param(f) + ")"
}

// params appends the values of f's parameters, in the order of their places.
func (f *Condition) params(dst [][]byte) [][]byte {
	if f == nil {
		return dst
	}
	for i := range f.parts {
		dst = f.parts[i].params(dst)
	}
	if f.kind == comparison && f.op.kind != isState {
		dst = append(dst, []byte(f.Value))
	}
	return dst
}

// shape appends what of f decides its SQL.
func (f *Condition) shape(dst []byte) []byte {
	if f == nil {
		return append(dst, 0)
	}
	dst = append(dst, 0, byte('0'+f.kind))
	if f.kind == comparison {
		dst = shapeField(dst, f.Field.Column, f.Field.Path, f.Field.Text)
		if f.Field.Aggregate != "" {
			dst = append(dst, '#')
		}
		dst = shapeText(dst, f.op.sql)
		dst = shapeText(dst, f.modifier)
		return shapeText(dst, f.state)
	}
	for i := range f.parts {
		dst = f.parts[i].shape(dst)
	}
	return append(dst, 0, ')')
}

// maxParams leaves room in the protocol's 65535 parameters for those of arguments, cursor and
// limits, and of these maxMandatory are for the mandatory filter.
const (
	maxParams    = 65535 - maxKeys - 2 - maxArgs
	maxMandatory = 1000
)

// count is the number of f's parameters.
func (f *Condition) count() (n int) {
	if f == nil {
		return 0
	}
	for i := range f.parts {
		n += f.parts[i].count()
	}
	if f.kind == comparison && f.op.kind != isState {
		n++
	}
	return n
}
