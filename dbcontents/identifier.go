package dbcontents

import "slices"

// A value that is compared with an array of object identifiers (regclass[],
// regrole[]) or an access privilege (aclitem) is looked up as a name by
// PostgreSQL, which refuses one that does not exist: anybody could ask which
// tables and roles there are. So these are compared by what they print. A single
// regclass needs no such care, as its operators are those of oid, and take numbers
// only. Both are sorted by their numbers, which is what a page's token then holds.
var (
	identifiers      = []uint32{24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191}   // regproc to regcollation
	identifierArrays = []uint32{1008, 2207, 2208, 2209, 2210, 2211, 3735, 3770, 4090, 4097, 4192} // regproc[] to regcollation[]
	privileges       = []uint32{1033}                                                             // aclitem
	privilegeArrays  = []uint32{1034}
)

// compared is x as values of a request are compared with it.
func (x expression) compared() expression {
	switch {
	case slices.Contains(privileges, x.oid):
		return x.as("pg_catalog.text")
	case slices.Contains(identifierArrays, x.oid), slices.Contains(privilegeArrays, x.oid):
		return x.as("pg_catalog.text[]")
	}
	return x
}

// sortKey is x as a key to sort by, to which a page token compares.
func (x expression) sortKey() expression {
	switch {
	case slices.Contains(identifiers, x.oid):
		return x.as("pg_catalog.oid")
	case slices.Contains(identifierArrays, x.oid):
		return x.as("pg_catalog.oid[]")
	}
	return x
}

func (x expression) as(sqlType string) expression {
	return expression{sql: "CAST(" + x.sql + " AS " + sqlType + ")", notNull: x.notNull}
}
