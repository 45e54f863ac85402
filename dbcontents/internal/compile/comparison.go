package compile

import (
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// oidArrayOID is a type that pgtype does not name.
const oidArrayOID = 1028

// A value that is compared with an array of object identifiers (regclass[],
// regrole[]) or an access privilege (aclitem) is looked up as a name by
// PostgreSQL, which refuses one that does not exist: anybody could ask which
// tables and roles there are. So these are compared by what they print. A single
// regclass needs no such care, as its operators are those of oid, and take numbers
// only. Both are sorted by their numbers, which is what a page's token then holds.
var (
	identifierArrays = []uint32{1008, 2207, 2208, 2209, 2210, 2211, 3735, 3770, 4090, 4097, 4192} // regproc[] to regcollation[]
	privileges       = []uint32{1033}                                                             // aclitem
	privilegeArrays  = []uint32{1034}
)

// compared is x as values of a request are compared with it.
func (x expression) compared() expression {
	switch {
	case slices.Contains(privileges, x.oid):
		return x.as("pg_catalog.text", pgtype.TextOID)
	case slices.Contains(identifierArrays, x.oid), slices.Contains(privilegeArrays, x.oid):
		return x.as("pg_catalog.text[]", pgtype.TextArrayOID)
	}
	return x
}

// sortKey is x as a key to sort by, to which a page token compares.
func (x expression) sortKey() expression {
	switch {
	case isObjectName[x.oid]:
		return x.as("pg_catalog.oid", pgtype.OIDOID)
	case slices.Contains(identifierArrays, x.oid):
		return x.as("pg_catalog.oid[]", oidArrayOID)
	}
	return x
}

func (x expression) as(sqlType string, oid uint32) expression {
	return expression{sql: "CAST(" + x.sql + " AS " + sqlType + ")", oid: oid, notNull: x.notNull}
}

// operator is the SQL of the operator that is usually called name.
func (x *expression) operator(name string) string {
	if x.column != nil {
		if sql := x.column.Comparison.Operators[name]; sql != "" {
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
	if x.column == nil || x.column.Comparison.Kind == catalog.BaseKind {
		return sortedTypes[x.oid] || isObjectName[x.oid] || x.oid == oidArrayOID || x.oid == pgtype.TextArrayOID
	}
	kind := x.column.Comparison.Kind
	return kind != "" && kind != catalog.PseudoKind
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
	if x.column == nil || x.column.Comparison.Row == "" {
		return param
	}
	return "CAST(" + param + " AS " + x.column.Comparison.Row + ")"
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

// isNull and isNotNull are as ORDER BY sees it: of a composite, IS NULL asks for its parts.
func (x *expression) isNull() string {
	if x.column != nil && x.column.Comparison.Kind == catalog.CompositeKind {
		return x.sql + " IS NOT DISTINCT FROM NULL"
	}
	return x.sql + " IS NULL"
}

func (x *expression) isNotNull() string {
	if x.column != nil && x.column.Comparison.Kind == catalog.CompositeKind {
		return x.sql + " IS DISTINCT FROM NULL"
	}
	return x.sql + " IS NOT NULL"
}
