package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// filter is the SQL of q's filters; "" if they let every row pass.
func (c *composer) filter(q *Query) (string, error) {
	if q.Mandatory == nil {
		return c.where(q.Where)
	}
	// It may use any column. An error in it is none of the request.
	caller := *c
	c.table = caller.table.Origin()
	mandatory, err := c.where(q.Mandatory)
	c.table, c.hasInput, c.guard = caller.table, caller.hasInput, mandatory
	if err != nil {
		return "", mandatoryInvalid(err)
	}
	where, err := c.where(q.Where)
	switch {
	case err != nil || where == "":
		return mandatory, err
	case mandatory == "": // it matches every row
		return where, nil
	}
	return mandatory + " AND " + where, nil
}

// Restrict lets q read no more than a caller may: as a role, of the columns in allowed
// if that is not nil, and of the rows that match mandatory if that is not nil.
func (q *Query) Restrict(role string, allowed []string, mandatory *Condition) {
	q.Role, q.Mandatory = role, mandatory
	switch {
	case q.Allowed == nil:
		q.Allowed = allowed
	case allowed != nil:
		q.Allowed = slices.DeleteFunc(slices.Clone(q.Allowed), func(name string) bool { return !slices.Contains(allowed, name) })
	}
}

// CheckMandatory refuses what can be refused of a mandatory filter without knowing the table.
func CheckMandatory(f *Condition) error {
	if n := f.count(); n > maxMandatory {
		return refuse("query_invalid", fmt.Sprintf("the filter compares with %d values; a mandatory one with at most %d", n, maxMandatory))
	}
	return f.check(0)
}

// Mandates reports whether parameter n is one of the mandatory filter, and otherwise
// returns its number in Where. That of an argument is negative: see Argument.
func (q *Query) Mandates(n int) (bool, int) {
	if n < len(q.Args) {
		return false, n - len(q.Args)
	}
	n -= len(q.Args) + q.Mandatory.count()
	return n < 0, n
}

// mandatoryInvalid is the finding that the mandatory filter does not fit the table. It
// says nothing to the client, who has not made the filter.
func mandatoryInvalid(err error) error {
	return diagnosis.New("session_invalid", "the mandatory filter of the session: "+err.Error(), err)
}

// filterParams are the values of the parameters of q's arguments and filters, in the order of their places.
func (q *Query) filterParams() [][]byte { return q.Where.params(q.Mandatory.params(q.argParams())) }

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
	x, err := c.field(f.Field.Column, f.Field.Path, f.Field.Text)
	if err != nil {
		return err
	}
	if f.op.kind != isState {
		x = x.compared()
	}
	test := c.test(x, f)
	if c.guard != "" && c.leaks(f) {
		test = c.guarded(test)
	}
	b.WriteString("(" + test + ")")
	return nil
}

// test is the SQL of a comparison with x.
func (c *composer) test(x expression, f *Condition) string {
	switch f.op.kind {
	case isState:
		c.hasInput = true
		return x.sql + " IS " + f.state
	case inList:
		return x.sql + " " + x.operator("=") + " ANY (" + c.list(x) + ")"
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
		return strings.ToUpper(f.modifier) + " (" + c.param() + ")"
	case f.op.kind != pattern && x.column != nil && x.column.FromText != "":
		return x.column.FromText + "(" + c.param() + ")"
	}
	return c.param()
}

// list is the array to compare x with each element of.
func (c *composer) list(x expression) string {
	if x.column != nil && x.column.FromText != "" {
		return "ARRAY (SELECT " + x.column.FromText + "(v) FROM pg_catalog.unnest(" + c.param() + "::text[]) v)"
	}
	return c.param()
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
	return vector + " @@ pg_catalog." + f.op.sql + "(" + config + c.param() + ")"
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
