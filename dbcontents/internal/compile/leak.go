package compile

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// PostgreSQL may test a row by the filter and the page token of a request before the
// mandatory filter has turned the row away. A test that can fail, or calls a function of
// others, could tell something of such a row, so it is made behind the mandatory filter.
// The planner sees nothing of such a test either: no index serves it, and no statistics of
// all rows are compared with its value. PostgreSQL's row-level security asks the same question by
// leakproof functions. What is listed here never fails, whatever it compares.

// mayLeak reports whether f may tell something of a row.
func (c *composer) mayLeak(f *Condition) bool {
	switch {
	case f.op.kind == fullText, f.op.kind == pattern, f.op.sql == "~", f.op.sql == "~*":
		// A pattern that ends with a backslash fails at rows that match what is before it, and
		// any pattern does at a collation that is not deterministic.
		return true
	case f.op.kind == isState && len(f.Field.Path) == 0 && c.table.Column(f.Field.Column).Function == "":
		return false
	}
	return c.leaky(f.Field.Column, f.Field.Path, f.op.sql)
}

// leaky reports whether the operator called name may tell something of a row when it
// compares what is at a path in a column.
func (c *composer) leaky(name string, path []any, operator string) bool {
	column := c.table.Column(name)
	switch {
	case column.Function != "", column.FromText != "":
		return true
	case len(path) > 0:
		return column.OID != pgtype.JSONBOID
	case column.OID == pgtype.Int4ArrayOID && (operator == "@>" || operator == "<@" || operator == "&&"):
		return true // those of the extension intarray fail at nulls
	}
	switch column.Comparison.Kind {
	case catalog.BaseKind:
		return !sortedTypes[column.OID] && !isObjectName[column.OID]
	case catalog.ArrayKind:
		return !harmlessArrays[column.OID]
	case catalog.EnumKind:
		return false
	case catalog.RangeKind, catalog.MultirangeKind:
		return column.OID >= catalog.FirstNormalOID
	}
	return true
}

// harmlessArrays are arrays of the system's types that can always be compared. Not
// among them are those of json or xml, which fail at the first row.
var harmlessArrays = oidSet(
	pgtype.BoolArrayOID, pgtype.ByteaArrayOID, pgtype.NameArrayOID, pgtype.Int2ArrayOID, pgtype.Int4ArrayOID, pgtype.Int8ArrayOID,
	pgtype.TextArrayOID, pgtype.BPCharArrayOID, pgtype.VarcharArrayOID, oidArrayOID, pgtype.Float4ArrayOID, pgtype.Float8ArrayOID,
	pgtype.InetArrayOID, pgtype.CIDRArrayOID, pgtype.DateArrayOID, pgtype.TimeArrayOID, pgtype.TimestampArrayOID,
	pgtype.TimestamptzArrayOID, pgtype.IntervalArrayOID, pgtype.NumericArrayOID, pgtype.UUIDArrayOID, pgtype.JSONBArrayOID,
)

// guarded is a condition that is true only for rows that match the mandatory filter, and is not
// tried on others. At a level of related rows, these are rows that belong to one of the outer level:
// whether others are tried would depend on the plan, which PostgreSQL chooses by the statistics of all rows.
func (c *composer) guarded(condition string) string {
	return "CASE WHEN " + strings.Join(append(c.related[:len(c.related):len(c.related)], c.guard), " AND ") + " THEN " + condition + " END"
}
