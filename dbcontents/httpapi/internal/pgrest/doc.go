// Package pgrest reads the query language of PostgREST for one table. It turns a raw
// query string into a [dbcontents.Query]. It knows the language and not the
// database: the Store checks whether a column exists and whether an operator fits
// its type.
//
//	select  = item ("," item)* | ""
//	item    = "*" | "-" name | (name ":")? "count()" cast? | (name ":")? field cast? ("." aggregate "()")? cast?
//	        | (name ":" | "...")? name ("!" ("inner" | "left" | name)){0,2} "(" (item ("," item)*)? ")"
//	field   = name (("->" | "->>") key)*
//	cast    = "::" ident
//	path    = (name ".")*
//	filter  = path (field | name ".count()") "=" ("not.")? operator "." value
//	logic   = path ("not.")? ("and" | "or") "=" list
//	list    = "(" term ("," term)* ")"
//	term    = (field | name ".count()") "." ("not.")? operator "." value | ("not.")? ("and" | "or") list
//	order   = path "order=" key ("," key)*
//	key     = (field | name "(" field ")") ("." ("asc" | "desc"))? ("." ("nullsfirst" | "nullslast"))?
//
// An item with parentheses is an embed: rows of a related table. A path leads to an
// embed by the names of those around it. PostgREST does not have "-" name and ".count()".
//
// Each parser is a method of scanner, which moves over what it has read. A parser
// that can fail returns an *Error, which is nil for success.
package pgrest
