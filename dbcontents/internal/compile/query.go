// Package compile turns a query against a table into SQL and its parameters. It
// does nothing else: it asks nobody.
package compile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// A Query says what to read: see Query of package dbcontents, whose fields these are.
type Query struct {
	Schema, Table string
	Function      string
	Args          []Arg // by name
	Select        []Field
	Allowed       []string
	Where         *Condition // nil matches every row
	Order         []Order
	Limit, Offset int64
	Pages         bool
	After         string
	Count         string
	TimeZone      string
	MinLSN        string // of the server that is read
	Format        encode.Format
	Output        encode.Options

	// Role is the one that the query is planned for. Mandatory is a filter beside Where that
	// the caller has not chosen: it may use columns that are not allowed, and decides first.
	Role      string
	Mandatory *Condition

	cursor *cursor // of After, else nil
}

// A Field is one item to select, or what a Condition tests.
type Field struct {
	Column        string
	Path          []any
	Text          bool
	Cast          string
	Aggregate     string
	AggregateCast string
	Alias         string
	Omit          bool
	Embed         *Embed
}

// An Order is one key to sort by.
type Order struct {
	Column string
	Path   []any
	Text   bool
	Desc   bool
	Nulls  string // NullsFirst, NullsLast or empty
	Embed  string
}

// Where nulls are sorted.
const (
	NullsFirst = "nullsfirst"
	NullsLast  = "nullslast"
)

// How rows are counted.
const (
	Exact     = "exact"
	Planned   = "planned"
	Estimated = "estimated"
)

// refuse is the finding for a query that is wrong.
func refuse(code, detail string) *diagnosis.Finding { return diagnosis.New(code, detail, nil) }

// Check refuses what can be refused without knowing the table, and takes in what
// After says. Aggregates are refused unless they are allowed. It must be called
// before the query is used.
func (q *Query) Check(aggregates bool) (err error) {
	if err = q.check(); err != nil {
		return err
	}
	if !aggregates && q.aggregates() {
		return refuse("aggregates_off", "the query has an aggregate, and Config.Aggregates is not set")
	}
	q.cursor, err = parseAfter(q.After)
	return err
}

// check refuses what can be refused without knowing the table.
func (q *Query) check() error {
	bad := func(format string, args ...any) error {
		return refuse("query_invalid", fmt.Sprintf(format, args...))
	}
	for _, err := range []error{q.checkName("table", q.Table), q.checkName("schema", q.Schema), q.checkName("function", q.Function), q.checkCall(), q.checkAllowed(), q.checkFields(), q.checkFilter(), q.checkLevels()} {
		if err != nil {
			return err
		}
	}
	switch {
	case q.Offset < 0:
		return bad("the offset %d is negative", q.Offset)
	case len(q.TimeZone) > maxSetting || strings.IndexByte(q.TimeZone, 0) >= 0:
		return bad("%q is no time zone", shorten(q.TimeZone))
	}
	if q.MinLSN != "" && !lsn.MatchString(q.MinLSN) {
		return bad("%q is no position in the log; want one such as 0/3000148, in hexadecimal digits and capitals", shorten(q.MinLSN))
	}
	switch q.Format {
	case "", encode.JSON, encode.NDJSON, encode.CSV, encode.Text, encode.Binary:
	default:
		return bad("unknown format %q; want json, ndjson, csv, text or binary", shorten(string(q.Format)))
	}
	if problem := q.Output.Check(q.Format); problem != "" {
		return bad("%s", problem)
	}
	switch q.Count {
	case "", Exact, Planned, Estimated:
	default:
		return bad("rows are counted %q; want exact, planned or estimated", shorten(q.Count))
	}
	return nil
}

// checkFilter checks Where.
func (q *Query) checkFilter() error {
	if err := q.Where.check(0); err != nil {
		return err
	}
	if n := q.Where.count(); n > maxParams-maxMandatory {
		return refuse("query_invalid", fmt.Sprintf("the filter compares with %d values; a statement has at most %d", n, maxParams-maxMandatory))
	}
	return nil
}

// checkLevels checks the embeds in Select.
func (q *Query) checkLevels() error {
	n := census{values: q.Where.count()}
	return n.checkEmbeds(q.Select, 0)
}

// maxSetting is longer than the value of any setting that makes sense.
const maxSetting = 200

// checkName checks a name that may be left out.
func (q *Query) checkName(what, name string) error {
	if name == "" {
		return nil
	}
	if err := catalog.CheckName(name); err != nil {
		return refuse("name_invalid", fmt.Sprintf("%s %q: %v", what, shorten(name), err))
	}
	return nil
}

// maxSelect is PostgreSQL's limit on a select list, MaxTupleAttributeNumber.
const maxSelect = 1664

// checkFields checks Select and Order.
func (q *Query) checkFields() error {
	if len(q.Select) > maxSelect {
		return refuse("query_invalid", fmt.Sprintf("%d columns are selected; at most %d can be", len(q.Select), maxSelect))
	}
	for i := range q.Select {
		if q.Select[i].Embed != nil {
			continue // see checkLevels
		}
		if err := q.Select[i].check(); err != nil {
			return err
		}
	}
	if err := checkOmit(q.Select); err != nil {
		return err
	}
	for _, o := range q.Order {
		if o.Column == "" {
			return refuse("name_invalid", "order by: the name is empty")
		}
		if err := (&Field{Column: o.Column, Path: o.Path, Text: o.Text}).check(); err != nil {
			return err
		}
		if o.Embed != "" {
			if err := catalog.CheckName(o.Embed); err != nil {
				return refuse("name_invalid", fmt.Sprintf("order by a column of %q: %v", shorten(o.Embed), err))
			}
		}
		if o.Nulls != "" && o.Nulls != NullsFirst && o.Nulls != NullsLast {
			return refuse("query_invalid", fmt.Sprintf("nulls are sorted %q; want nullsfirst or nullslast", shorten(o.Nulls)))
		}
	}
	return nil
}

// shorten keeps what a stranger sent from filling a message.
func shorten(s string) string { return confidential.Shorten(s, 80) }

// aggregates reports whether q makes one row of many.
func (q *Query) aggregates() bool { return aggregates(q.Select) }

// aggregates reports whether one of fields, at any depth, makes one row of many.
func aggregates(fields []Field) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Aggregate != "" || f.Embed != nil && aggregates(f.Embed.Select) })
}

// checkAllowed refuses names that no column can have: they are mistakes.
func (q *Query) checkAllowed() error {
	for _, name := range q.Allowed {
		if err := catalog.CheckName(name); err != nil {
			return refuse("name_invalid", fmt.Sprintf("allowed column %q: %v", shorten(name), err))
		}
	}
	return nil
}

// aggregateNames are the names of what makes one row of many.
var aggregateNames = []string{"sum", "avg", "count", "min", "max"}

// star reports whether f is all columns.
func (f *Field) star() bool {
	return f.Column == "" && f.Aggregate == "" && len(f.Path) == 0 && !f.Text && f.Cast == "" && f.AggregateCast == "" && f.Alias == "" && f.Embed == nil
}

// check refuses what can be refused without knowing the table.
func (f *Field) check() error {
	bad := func(format string, args ...any) error {
		return refuse("query_invalid", fmt.Sprintf(format, args...))
	}
	if f.star() {
		return nil
	}
	if f.Column != "" || f.Aggregate != "count" {
		if err := catalog.CheckName(f.Column); err != nil {
			return refuse("name_invalid", fmt.Sprintf("column %q: %v", shorten(f.Column), err))
		}
	}
	for _, step := range f.Path {
		switch step := step.(type) {
		case int:
			if int(int32(step)) != step {
				return bad("the index %d in the path of %q is too large", step, f.Column)
			}
		case string:
			if strings.IndexByte(step, 0) >= 0 {
				return bad("a key in the path of %q holds a NUL", f.Column)
			}
		default:
			return bad("a %T in the path of %q; want a string key or an int index", step, f.Column)
		}
	}
	if f.Aggregate != "" && !slices.Contains(aggregateNames, f.Aggregate) {
		return bad("unknown aggregate %q; want sum, avg, count, min or max", shorten(f.Aggregate))
	}
	switch {
	case f.Text && len(f.Path) == 0:
		return bad("column %q is asked for as text of a path, and has no path; want a cast", f.Column)
	case f.Column == "" && (len(f.Path) > 0 || f.Cast != ""):
		return bad("a path or cast without a column")
	case f.AggregateCast != "" && f.Aggregate == "":
		return bad("column %q has a cast for its aggregate, and no aggregate", f.Column)
	case strings.IndexByte(f.Alias, 0) >= 0:
		return bad("the alias of column %q holds a NUL", f.Column)
	}
	for _, cast := range []string{f.Cast, f.AggregateCast} {
		if cast != "" && !isIdent(cast) {
			return bad("%q is no name of a type; want letters, digits, _, $ and spaces, as in text or double precision", shorten(cast))
		}
	}
	return nil
}

// key is the name of f in the output.
func (f *Field) key() string {
	switch {
	case f.Alias != "":
		return f.Alias
	case f.Aggregate != "":
		return f.Aggregate
	}
	for i := len(f.Path) - 1; i >= 0; i-- {
		if key, ok := f.Path[i].(string); ok {
			return key
		}
	}
	return f.Column
}

// isIdent tells the words that may name a type or a text search configuration.
func isIdent(s string) bool {
	return s != "" && len(s) <= maxSetting && strings.IndexFunc(s, func(r rune) bool {
		return !(r == '_' || r == '$' || r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r))
	}) < 0
}
