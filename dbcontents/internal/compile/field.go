package compile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

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
