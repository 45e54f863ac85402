package dbcontents

import (
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
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
