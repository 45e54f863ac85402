// Package pgrest reads the query language of PostgREST, for one table: it turns
// a raw query string into a [dbcontents.Query]. It knows the language, not the
// database: whether a column exists, or an operator fits its type, is for the
// Store to say.
//
//	select  = item ("," item)* | ""
//	item    = "*" | (name ":")? "count()" cast? | (name ":")? field cast? ("." aggregate "()")? cast?
//	field   = name (("->" | "->>") key)*
//	cast    = "::" ident
//	filter  = field "=" ("not.")? operator "." value
//	logic   = ("not.")? ("and" | "or") "=" list
//	list    = "(" term ("," term)* ")"
//	term    = field "." ("not.")? operator "." value | ("not.")? ("and" | "or") list
//	order   = key ("," key)*
//	key     = field ("." ("asc" | "desc"))? ("." ("nullsfirst" | "nullslast"))?
//
// A parser here is a method of scanner that moves over what it has read; one
// that can fail returns an *Error, nil for success.
package pgrest
