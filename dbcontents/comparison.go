package dbcontents

import (
	"github.com/jackc/pgx/v5/pgtype"
)

// A comparison is how the values of a column are compared: with the operators
// by which PostgreSQL sorts its type, those of the default btree operator class,
// wherever they are. What a search_path finds under the same name may be another
// one: of citext, whose operators few roles have on theirs, the one of text.
type comparison struct {
	kind typeKind
	// row is the SQL name of a composite type, which a token's value must be cast to;
	// empty if the role may not name it.
	row string
	// operators are those of a type from outside the system, as SQL writes them
	// with their schema, by their usual name. Missing are those that the role may not use.
	operators map[string]string
}

// A typeKind is pg_type's typtype, or that the type is an array.
type typeKind string

const (
	baseKind      typeKind = "b"
	compositeKind typeKind = "c"
	pseudoKind    typeKind = "p"
)

// firstNormalOID is where object ids of what is no part of the system begin.
const firstNormalOID = 16384

// comparisonSQL are the columns of the look-up that make a comparison of type t,
// but for the operators, see operatorsSQL.
const comparisonSQL = `
  CASE WHEN ` + isArraySQL + ` THEN 'a' ELSE t.typtype::text END,
  CASE WHEN t.typtype = 'c'::"char" AND pg_catalog.has_schema_privilege(t.typnamespace, 'USAGE')
    THEN pg_catalog.format('%s.%I', t.typnamespace::regnamespace, t.typname) ELSE '' END`

// isArraySQL tells the types that are true arrays.
const isArraySQL = `t.typelem <> 0::oid AND t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc`

// operator is the SQL of the operator that is usually called name.
func (x *expression) operator(name string) string {
	if x.column != nil {
		if sql := x.column.comparison.operators[name]; sql != "" {
			return sql
		}
	}
	switch name {
	case "<", "<=", "=", ">=", ">", "<>":
		if x.sorted() {
			return "OPERATOR(pg_catalog." + name + ")"
		}
	}
	return name
}

// sorted reports whether x's type is sorted by operators of the system.
func (x *expression) sorted() bool {
	if x.column == nil || x.column.comparison.kind == baseKind {
		return sortedTypes[x.oid] || isObjectName[x.oid] || x.oid == oidArrayOID || x.oid == pgtype.TextArrayOID
	}
	kind := x.column.comparison.kind
	return kind != "" && kind != pseudoKind
}

// sortedTypes are the system's base types with a default btree operator class.
// Those without one may have an operator "=", and that not in the system's schema.
var sortedTypes = oidSet(
	pgtype.BoolOID, pgtype.ByteaOID, pgtype.QCharOID, pgtype.NameOID, pgtype.Int8OID, pgtype.Int2OID, pgtype.Int4OID, pgtype.TextOID,
	pgtype.OIDOID, pgtype.TIDOID, pgtype.CIDROID, pgtype.Float4OID, pgtype.Float8OID, pgtype.MacaddrOID, pgtype.InetOID,
	pgtype.BPCharOID, pgtype.VarcharOID, pgtype.DateOID, pgtype.TimeOID, pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.IntervalOID,
	pgtype.TimetzOID, pgtype.BitOID, pgtype.VarbitOID, pgtype.NumericOID, pgtype.UUIDOID, pgtype.JSONBOID,
	tsvectorOID, 3615 /* tsquery */, 790 /* money */, 774 /* macaddr8 */, 3220 /* pg_lsn */, 5069, /* xid8 */
)

// isObjectName are the types whose values are object ids and are printed as the
// names of objects: regproc, regprocedure, regoper, regoperator, regclass,
// regtype, regconfig, regdictionary, regnamespace, regrole and regcollation.
var isObjectName = oidSet(24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191)

func oidSet(oids ...uint32) map[uint32]bool {
	set := make(map[uint32]bool, len(oids))
	for _, oid := range oids {
		set[oid] = true
	}
	return set
}

// position is a parameter that holds a value of x from a token. Its type follows
// from the other side of a comparison, but not from a composite's.
func (x *expression) position(param string) string {
	if x.column == nil || x.column.comparison.row == "" {
		return param
	}
	return "CAST(" + param + " AS " + x.column.comparison.row + ")"
}

// distinctFrom is IS DISTINCT FROM a parameter, which is not null. SQL's own
// words would look for an operator "=" on the search_path.
func (x *expression) distinctFrom(param string) string {
	equal := x.operator("=")
	if equal == "=" {
		return x.sql + " IS DISTINCT FROM " + param
	}
	return "(" + x.sql + " " + equal + " " + param + ") IS NOT TRUE"
}

// paged reports whether a page can begin at a value of c: its text must lead
// back to it, and operators that sort as ORDER BY does must be known.
func (c *Column) paged() bool {
	switch x := &c.comparison; {
	case x.kind == pseudoKind: // record
		return false
	case x.kind == compositeKind:
		return x.row != ""
	case x.kind == baseKind && c.oid >= firstNormalOID:
		return x.operators["<"] != "" && x.operators[">"] != "" && x.operators["="] != ""
	}
	return true // or ORDER BY itself fails
}

// isNull and isNotNull are as ORDER BY sees it: of a composite, IS NULL asks for its parts.
func (x *expression) isNull() string {
	if x.column != nil && x.column.comparison.kind == compositeKind {
		return x.sql + " IS NOT DISTINCT FROM NULL"
	}
	return x.sql + " IS NULL"
}

func (x *expression) isNotNull() string {
	if x.column != nil && x.column.comparison.kind == compositeKind {
		return x.sql + " IS DISTINCT FROM NULL"
	}
	return x.sql + " IS NOT NULL"
}
