package catalog

import "slices"

// An Exposure is what may be read, as configured. It is never changed.
type Exposure struct {
	Schemas []string // in the order in which a name without one is looked for
	Tables  []Name   // by name, the default table first
	All     bool     // whatever the role may read in Schemas, too
	// Functions are the functions that may be called, by name. All adds none.
	Functions []Name
}

// DefaultTable is the table of a Query that names none.
func (x *Exposure) DefaultTable() Name {
	if len(x.Tables) > 0 {
		return x.Tables[0]
	}
	return Name{Name: "test_table"}
}

// listed reports whether schema.name was exposed by name.
func (x *Exposure) listed(schema, name string) bool {
	return x.lists(x.Tables, schema, name)
}

// lists reports whether schema.name is in a list.
func (x *Exposure) lists(list []Name, schema, name string) bool {
	return slices.ContainsFunc(list, func(t Name) bool {
		return t.Name == name && (t.Schema == schema || t.Schema == "" && slices.Contains(x.Schemas, schema))
	})
}

// candidates are the schemas in which a table asked for may be, in order; none
// if it is not exposed whatever the database holds.
func (x *Exposure) candidates(schema, name string) []string {
	var found []string
	try := func(s string) {
		if (schema == "" || s == schema) && !slices.Contains(found, s) &&
			(x.listed(s, name) || x.All && slices.Contains(x.Schemas, s)) {
			found = append(found, s)
		}
	}
	for _, s := range x.Schemas {
		try(s)
	}
	for _, t := range x.Tables {
		if t.Schema != "" {
			try(t.Schema)
		}
	}
	return found
}

// Admits reports whether a table that the catalog holds is exposed. What the
// role may not read is exposed only if it was named, so that the error can say
// why; a partition likewise, as its rows are in the partitioned table.
func (x *Exposure) Admits(t *Table) bool {
	if x.listed(t.Schema, t.Name) {
		return true
	}
	return x.All && slices.Contains(x.Schemas, t.Schema) && t.Readable() && !t.partition
}
