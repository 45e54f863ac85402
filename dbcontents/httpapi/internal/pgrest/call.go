package pgrest

import "github.com/dbcontents/dbcontents-go/dbcontents"

// An Arg is a parameter of the query string that is an argument of a function, or a filter
// on its result. If the value does not read like a filter, it is an argument. Otherwise
// that depends on the function.
type Arg struct {
	Name, Value string
	// IsFilter tells that the value reads like a filter, which is then in Filter.
	// Bad says why the name cannot be that of a column.
	IsFilter bool
	Filter   dbcontents.Filter
	Bad      *Error
}

// ParseCall reads the raw query string of a call of a function. Parameters that are no
// filters for certain are in Args. A function has no pages, so TokenKey is a name like others.
func ParseCall(raw string) (Request, *Error) { return parse(raw, true) }

// arg reads a parameter that may be an argument.
func (p *parser) arg(key, value string) *Error {
	if key == "" {
		_, _, bad := parseKey(key)
		return bad
	}
	path, f, bad := parseKey(key)
	s := scanner{what: aFilter, before: key + "=", text: value}
	filter, other := s.operation(f, (*scanner).rest)
	if other != nil {
		p.Args = append(p.Args, Arg{Name: key, Value: value})
		return nil
	}
	if bad == nil && len(path) > 0 { // of an embed
		p.add(parameter{key: key, path: path, filter: filter})
		return nil
	}
	if bad != nil {
		bad.Parameter = key
	}
	p.Args = append(p.Args, Arg{Name: key, Value: value, IsFilter: true, Filter: filter, Bad: bad})
	return nil
}
