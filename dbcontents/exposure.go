package dbcontents

import "slices"

// exposure is what may be read, as configured.
type exposure struct {
	schemas []string
	tables  []tableName
	all     bool
}

// defaultTable is the table of a Query that names none.
func (x *exposure) defaultTable() tableName {
	if len(x.tables) > 0 {
		return x.tables[0]
	}
	return tableName{name: "test_table"}
}

// named reports whether schema.name was exposed by name.
func (x *exposure) named(schema, name string) bool {
	return slices.ContainsFunc(x.tables, func(t tableName) bool {
		return t.name == name && (t.schema == schema || t.schema == "" && slices.Contains(x.schemas, schema))
	})
}

// candidates are the schemas in which a table asked for may be, in order; none
// if it is not exposed whatever the database holds.
func (x *exposure) candidates(schema, name string) []string {
	var found []string
	try := func(s string) {
		if (schema == "" || s == schema) && !slices.Contains(found, s) &&
			(x.named(s, name) || x.all && slices.Contains(x.schemas, s)) {
			found = append(found, s)
		}
	}
	for _, s := range x.schemas {
		try(s)
	}
	for _, t := range x.tables {
		if t.schema != "" {
			try(t.schema)
		}
	}
	return found
}

// admits reports whether a table that the catalog holds is exposed. What the
// role may not read is exposed only if it was named, so that the error can say
// why; a partition likewise, as its rows are in the partitioned table.
func (x *exposure) admits(t *Table) bool {
	if x.named(t.Schema, t.Name) {
		return true
	}
	return x.all && slices.Contains(x.schemas, t.Schema) && t.readable() && !t.partition
}
