// Package pgrest reads the query language of PostgREST for one table. It turns a raw
// query string into a [dbcontents.Query]. It knows the language and not the
// database: the Store checks whether a column exists and whether an operator fits
// its type.
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
// Each parser is a method of scanner, which moves over what it has read. A parser
// that can fail returns an *Error, which is nil for success.
package pgrest
