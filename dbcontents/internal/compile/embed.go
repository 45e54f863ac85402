package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// An Embed is rows of a related table: see Related of package dbcontents, whose fields
// these are.
type Embed struct {
	Table, Hint string
	Target      string // "schema.name" of the table that is meant, or empty
	// Pinned is the relationship that is meant, nil if Table and Hint tell which one is.
	Pinned        *catalog.Relationship
	Inner, Spread bool
	Select        []Field // nil is all columns
	Where         *Condition
	Order         []Order
	Limit, Offset int64
	Allowed       []string

	// Readable is Allowed with what the session leaves of it.
	Readable []string
	// Via and Of are the relationship and the table that it leads to, with what Readable
	// leaves of it. Through is the junction on the way, nil if Via has none.
	Via         *catalog.Relationship
	Of, Through *catalog.Table
	// Mandatory is as in a Query. ThroughMandatory is that of the junction.
	Mandatory, ThroughMandatory *Condition
	MaxRows                     int64 // at most so many of several rows; 0 is no limit
}

// Limits on what strangers can ask for. They keep the planner's work small, which grows with
// the joins of a statement.
const (
	maxEmbeds     = 32
	maxEmbedDepth = 8
	// maxColumns is how many columns all embeds together can have. A column takes some
	// 400 bytes in what is kept of a plan, and some 50 in the statement.
	maxColumns = 4 * maxSelect
)

// Name is what parameters and the output call the embed of f by.
func (f *Field) Name() string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Embed.Table
}

// Embeds reports whether q reads related tables.
func (q *Query) Embeds() bool { return embeds(q.Select) }

func embeds(fields []Field) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Embed != nil })
}

// embedded finds the embed called name among fields.
func embedded(fields []Field, name string) *Field {
	for i := range fields {
		if f := &fields[i]; f.Embed != nil && f.Name() == name {
			return f
		}
	}
	return nil
}

// selects reports whether e selects anything, be it of a related table of its own.
func (e *Embed) selects() bool {
	return e.Select == nil || slices.ContainsFunc(e.Select, func(f Field) bool { return f.Embed == nil && !f.Omit || f.Embed != nil && f.Embed.selects() })
}

// fields are what e selects.
func (e *Embed) fields() []Field {
	if e.Select == nil {
		return allColumns
	}
	return e.Select
}

// A census counts what is in the levels of a query.
type census struct{ embeds, fields, values int }

// checkEmbeds refuses what can be refused of embeds without knowing the tables.
func (n *census) checkEmbeds(fields []Field, depth int) error {
	bad := func(format string, args ...any) error {
		return refuse("query_invalid", fmt.Sprintf(format, args...))
	}
	if n.fields += len(fields); n.fields > maxSelect {
		return bad("more than %d columns are selected", maxSelect)
	}
	for i := range fields {
		f := &fields[i]
		e := f.Embed
		if e == nil {
			continue
		}
		switch n.embeds++; {
		case n.embeds > maxEmbeds:
			return bad("more than %d related tables are embedded", maxEmbeds)
		case depth >= maxEmbedDepth:
			return bad("related tables are embedded more than %d deep", maxEmbedDepth)
		case f.Column != "" || len(f.Path) > 0 || f.Text || f.Cast != "" || f.Aggregate != "" || f.AggregateCast != "" || f.Omit:
			return bad("a field that embeds %q has more than an alias", shorten(e.Table))
		case strings.IndexByte(f.Alias, 0) >= 0:
			return bad("the alias of related table %q holds a NUL", shorten(e.Table))
		case e.Spread && f.Alias != "":
			return bad("what is spread of %q has no name of its own, so it takes no alias", shorten(e.Table))
		case e.Offset < 0:
			return bad("the offset %d of %q is negative", e.Offset, shorten(e.Table))
		}
		if err := catalog.CheckName(e.Table); err != nil {
			return refuse("name_invalid", fmt.Sprintf("related table %q: %v", shorten(e.Table), err))
		}
		if e.Hint != "" {
			if err := catalog.CheckName(e.Hint); err != nil {
				return refuse("name_invalid", fmt.Sprintf("hint %q of related table %q: %v", shorten(e.Hint), shorten(e.Table), err))
			}
		}
		level := Query{Select: e.Select, Order: e.Order, Allowed: e.Allowed, Where: e.Where}
		for _, err := range []error{level.checkAllowed(), level.checkFields(), e.Where.check(0)} {
			if err != nil {
				return err
			}
		}
		if n.values += e.Where.count() + 2; n.values > maxParams-maxMandatory {
			return bad("the filters compare with more than %d values", maxParams-maxMandatory)
		}
		if err := n.checkEmbeds(e.Select, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkOmit refuses what is left out of nothing.
func checkOmit(fields []Field) error {
	for i := range fields {
		f := &fields[i]
		switch {
		case !f.Omit:
		case f.Column == "" || len(f.Path) > 0 || f.Text || f.Cast != "" || f.Aggregate != "" || f.AggregateCast != "" || f.Alias != "":
			return refuse("query_invalid", "what is left out of all columns is the name of one, and nothing more")
		case !slices.ContainsFunc(fields, func(other Field) bool { return other.star() }):
			return refuse("query_invalid", "column "+strconv.Quote(shorten(f.Column))+" is left out of all columns, which are not selected")
		}
	}
	return nil
}

// shapeBegin and shapeEnd append the parts of e that determine its SQL. The caller appends its
// fields between them: if this called shapeFields, which calls it, the compiler would move the
// buffer of each query to the heap.
func (e *Embed) shapeBegin(dst []byte) []byte {
	dst = shapeText(append(dst, 'e', shapeBool(e.Inner), shapeBool(e.Spread), shapeBool(e.capped()), byte('0'+e.limits())), e.Table)
	dst = shapeVia(dst, e.Via)
	dst = shapeAllowed(append(strconv.AppendUint(dst, e.Of.ID(), 10), 0), e.Readable)
	if e.Through != nil {
		dst = append(strconv.AppendUint(dst, e.Through.ID(), 10), 0)
	}
	if e.Select == nil {
		dst = append(dst, '*')
	}
	return dst
}

func (e *Embed) shapeEnd(dst []byte) []byte {
	dst = shapeOrder(dst, e.Order)
	for _, f := range [...]*Condition{e.ThroughMandatory, e.Mandatory, e.Where} {
		dst = f.shape(dst)
	}
	return append(dst, 0)
}

func shapeVia(dst []byte, r *catalog.Relationship) []byte {
	dst = shapeText(shapeText(dst, string(r.Cardinality)), r.Function)
	dst = shapePairs(dst, r.Pairs)
	if j := r.Junction; j != nil {
		dst = shapeText(shapeText(dst, j.Schema), j.Name.Name)
		dst = shapePairs(shapePairs(dst, j.SourcePairs), j.TargetPairs)
	}
	return append(dst, shapeBool(r.View), shapeBool(r.Single))
}

func shapePairs(dst []byte, pairs [][2]string) []byte {
	for _, pair := range pairs {
		dst = shapeText(shapeText(dst, pair[0]), pair[1])
	}
	return append(dst, 0)
}
