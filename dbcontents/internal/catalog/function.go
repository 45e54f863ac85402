package catalog

import (
	"slices"
)

// A Call says how a function is called whose result is read like a table.
type Call struct {
	Params []Param // those that a caller gives, in the function's order
	Set    bool    // it gives any number of rows, and not just one
	Scalar bool    // a row is a single value, and not a record
	Row    Name    // the relation whose rows it gives; empty if it is another type's
	// Definer tells that it runs with the rights of its owner.
	Definer bool

	// hidden is an overload that cannot be called here. PostgreSQL knows nothing of
	// that, and could choose it in the place of one that can.
	hidden bool
}

// A Param is a parameter of a function.
type Param struct {
	Name string
	Type string // as typeNameSQL writes it
	SQL  string // the type as it is written in a cast
	// Declared is the object id of the type.
	Declared uint32
	// Optional tells that it has a default, and Variadic that it takes any number of values.
	Optional, Variadic bool
}

// Param finds a parameter.
func (c *Call) Param(name string) *Param {
	for i := range c.Params {
		if c.Params[i].Name == name {
			return &c.Params[i]
		}
	}
	return nil
}

// takes reports whether the function can be called with arguments of these names.
func (c *Call) takes(args []string) bool {
	for _, name := range args {
		if c.Param(name) == nil {
			return false
		}
	}
	for i := range c.Params {
		p := &c.Params[i]
		if slices.Contains(args, p.Name) {
			continue
		}
		// PostgreSQL finds no function by names if its VARIADIC parameter is left out.
		if !p.Optional || p.Variadic && len(args) > 0 {
			return false
		}
	}
	return true
}

// confusable reports whether a call of c with these arguments may be one of other as well.
func (c *Call) confusable(other *Call, args []string) bool {
	return other.takes(args) && !slices.ContainsFunc(args, func(name string) bool { return c.Param(name).SQL != other.Param(name).SQL })
}

// overloading is the Table of a name of functions: it stands for all that have the
// name, and is read by none. It is nil if none of them can be called.
func overloading(schema, name string, overloads []*Table) *Table {
	if !slices.ContainsFunc(overloads, (*Table).callable) {
		return nil
	}
	return &Table{Schema: schema, Name: name, Kind: "function", overloads: overloads, usage: true, grant: true}
}

func (t *Table) callable() bool { return !t.Call.hidden }

// Overloads are the functions that t, which stands for a name, leads to.
func (t *Table) Overloads() []*Table {
	return slices.DeleteFunc(slices.Clone(t.overloads), func(o *Table) bool { return !o.callable() })
}

// has reports whether t is, or stands for, other.
func (t *Table) has(other *Table) bool {
	return t == other || t != nil && slices.Contains(t.overloads, other)
}

// overload are the functions that a call with these arguments may mean: those of the first
// schema that has any. There is none if PostgreSQL could take the call for one of a
// function that cannot be called here.
func (t *Table) overload(args []string) (fit []*Table) {
	for _, o := range t.overloads {
		if len(fit) > 0 && o.Schema != fit[0].Schema {
			break
		}
		if o.callable() && o.Call.takes(args) {
			fit = append(fit, o)
		}
	}
	if len(fit) == 1 && slices.ContainsFunc(t.overloads, func(o *Table) bool {
		return !o.callable() && o.Schema == fit[0].Schema && fit[0].Call.confusable(o.Call, args)
	}) {
		return nil
	}
	return fit
}
