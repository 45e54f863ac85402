package catalog

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

// ResolveCall finds the function that a name means with arguments of these names, which
// are sorted. See Resolve.
func (c *Catalog) ResolveCall(ctx context.Context, a Asker, schema, name string, args []string, maxAge time.Duration) (*Entry, *Table, error) {
	e, all, err := c.Functions(ctx, a, schema, name, maxAge)
	if e == nil {
		if err == nil {
			err = c.functionMissing(schema, name, args, nil)
		}
		return nil, nil, err
	}
	fit := all.overload(args)
	if len(fit) != 1 && maxAge > Absent { // what is refused was looked up a short time ago
		if e, all, err = c.Functions(ctx, a, schema, name, Absent); err != nil {
			return nil, nil, err
		}
		fit = nil // also if none is left
		if e != nil {
			fit = all.overload(args)
		}
	}
	switch len(fit) {
	case 0:
		return nil, nil, c.functionMissing(schema, name, args, all)
	case 1:
		return e, fit[0], nil
	}
	return nil, nil, functionAmbiguous(fit)
}

// Functions finds what stands for all functions of a name. The entry is nil if there is none.
func (c *Catalog) Functions(ctx context.Context, a Asker, schema, name string, maxAge time.Duration) (*Entry, *Table, error) {
	e := c.findCall(schema, name)
	if e == nil {
		return nil, nil, nil
	}
	all, err := c.resolve(ctx, a, e, maxAge)
	if err != nil || all == nil {
		return nil, nil, err
	}
	return e, all, nil
}

// KnownFunctions is what Functions would find, if that is known already, else nil.
func (c *Catalog) KnownFunctions(schema, name string) (*Entry, *Table) {
	e := c.findCall(schema, name)
	if e == nil {
		return nil, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e, e.table
}

// FunctionMissing is the finding that there is no function of a name.
func (c *Catalog) FunctionMissing(schema, name string) error {
	return c.functionMissing(schema, name, nil, nil)
}

// findCall returns the entry of a name of functions, nil if none of it is exposed to the caller.
func (c *Catalog) findCall(schema, name string) *Entry {
	schemas := c.callable(schema, name)
	if len(schemas) == 0 {
		return nil
	}
	key := entryKey{role: c.caller.Role, Name: Name{schema, name}, call: true}
	if c.caller.Functions != nil {
		key.Schema = strings.Join(schemas, "\x00")
	}
	return c.entry(key, schemas)
}

// ExposedCall is the finding if a function is not exposed, whatever the database holds.
func (c *Catalog) ExposedCall(schema, name string, args []string) error {
	if len(c.callable(schema, name)) == 0 {
		return c.functionMissing(schema, name, args, nil)
	}
	return nil
}

// callable are the schemas in which a function may be that the caller asks for, in order.
func (c *Catalog) callable(schema, name string) (schemas []string) {
	x := &c.Exposure
	for _, s := range x.functionSchemas() {
		if (schema == "" || s == schema) && x.calls(s, name) && (c.caller.Functions == nil || c.caller.Functions(s, name)) {
			schemas = append(schemas, s)
		}
	}
	return schemas
}

// calls reports whether the function schema.name is exposed.
func (x *Exposure) calls(schema, name string) bool { return x.lists(x.Functions, schema, name) }

// functionSchemas are where exposed functions can be, in the order in which a name is looked for.
func (x *Exposure) functionSchemas() []string {
	schemas := slices.Clone(x.Schemas)
	for _, f := range x.Functions {
		if f.Schema != "" && !slices.Contains(schemas, f.Schema) {
			schemas = append(schemas, f.Schema)
		}
	}
	return schemas
}

// maxShown is how many names of arguments a message repeats.
const maxShown = 20

// enumerated are names in a message.
func enumerated(args []string) string {
	if len(args) > maxShown {
		return confidential.Shorten(strings.Join(args[:maxShown], ", "), 400) + ", ..."
	}
	return confidential.Shorten(strings.Join(args, ", "), 400)
}

// functionMissing is the finding that there is no such function, in PostgREST's words: the same
// ones whatever the reason. all stands for the functions of this name, if there are any.
func (c *Catalog) functionMissing(schema, name string, args []string, all *Table) *diagnosis.Finding {
	if schema == "" {
		schema = c.Exposure.Schemas[0]
	}
	function := schema + "." + confidential.Shorten(name, 80)
	given, searched := "("+enumerated(args)+")", " with parameters "+enumerated(args)
	switch len(args) {
	case 0:
		given, searched = " without parameters", " without parameters"
	case 1:
		searched = " with parameter " + enumerated(args)
	}
	f := diagnosis.New("function_missing", "Could not find the function "+function+given+" in the schema cache", nil)
	f.Addition = "Searched for the function " + function + searched + ", but no matches were found in the schema cache."
	meant := ""
	if all != nil {
		meant = all.meant(args)
	} else {
		meant = c.functionMeant(schema, name)
	}
	if meant != "" {
		f.Hint = "Perhaps you meant to call the function " + meant
	}
	return f
}

// meant is the one of t's functions that has most of the arguments, and fewest others.
func (t *Table) meant(args []string) string {
	best, most := "", -1<<31
	for _, o := range t.Overloads() {
		score := 0
		for _, name := range args {
			if o.Call.Param(name) != nil {
				score += 100
			}
		}
		if score -= len(o.Call.Params); score > most {
			best, most = o.Schema+"."+o.Name+"("+enumerated(o.Call.names())+")", score
		}
	}
	return best
}

func (c *Call) names() []string {
	names := make([]string, len(c.Params))
	for i := range c.Params {
		names[i] = c.Params[i].Name
	}
	return names
}

// functionMeant is the function with a name like this one, empty if there is none. Until
// a look-up has said which there are, it is one of those that are configured.
func (c *Catalog) functionMeant(schema, name string) string {
	d := c.directory()
	d.mu.Lock()
	known, asOf := d.functions, d.functionsAsOf
	d.mu.Unlock()
	if asOf.IsZero() {
		known = c.Exposure.Functions
	}
	var names []string
	for _, f := range known {
		if f.Schema == "" {
			f.Schema = schema
		}
		if f.Schema == schema && len(c.callable(f.Schema, f.Name)) > 0 {
			names = append(names, f.Name)
		}
	}
	if meant := nearest.Of(name, names...); meant != "" {
		return schema + "." + meant
	}
	return ""
}

// functionAmbiguous is the finding that the names of the arguments do not tell functions apart.
func functionAmbiguous(fit []*Table) *diagnosis.Finding {
	var shown []string
	for _, o := range fit[:min(len(fit), maxShown)] {
		var params []string
		for i := range o.Call.Params {
			params = append(params, o.Call.Params[i].Name+" => "+o.Call.Params[i].Type)
		}
		shown = append(shown, o.Schema+"."+o.Name+"("+strings.Join(params, ", ")+")")
	}
	return diagnosis.New("function_ambiguous", "Could not choose the best candidate function between: "+strings.Join(shown, ", "), nil)
}
