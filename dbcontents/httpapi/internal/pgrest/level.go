package pgrest

import "github.com/dbcontents/dbcontents-go/dbcontents"

// A parameter is one pair of a query string other than select.
type parameter struct {
	key    string
	path   []string // names of embeds, from the outermost; empty for the root
	kind   string   // order, limit or offset; a filter otherwise
	filter dbcontents.Filter
	order  []dbcontents.Order
	number int64
}

// A level is the root or an embed, with the parameters that belong to it.
type level struct {
	embed         *dbcontents.Related // nil for the root
	filters       []dbcontents.Filter
	order         []dbcontents.Order
	ordered       string // the key of the order
	limit, offset int64
	negative      string // the key of the limit, if it is negative
}

// add applies a parameter. If order is repeated, the first one counts. If limit or
// offset is repeated, the last one counts.
func (l *level) add(p *parameter) {
	switch p.kind {
	case anOrder:
		if l.ordered == "" {
			l.ordered, l.order = p.key, p.order
		}
	case anOffset:
		l.offset = max(p.number, 0)
	case aLimit:
		l.negative = ""
		if p.number < 0 {
			l.negative = p.key
		}
		if l.limit = p.number; p.number == 0 {
			l.limit = dbcontents.NoRows // zero would be no limit
		}
	default:
		l.filters = append(l.filters, p.filter)
	}
}

func (l *level) where() dbcontents.Filter { return AllOf(l.filters) }

// AllOf matches rows that match all filters. Of a single one it is that filter.
func AllOf(filters []dbcontents.Filter) dbcontents.Filter {
	switch len(filters) {
	case 0:
		return dbcontents.Filter{}
	case 1:
		return filters[0]
	}
	return dbcontents.And(filters...)
}

// add applies a parameter of the root. Those of embeds must wait: select may follow them.
func (p *parser) add(x parameter) {
	if len(x.path) == 0 {
		p.root.add(&x)
		return
	}
	p.waiting = append(p.waiting, x)
}

// resolve applies the parameters of embeds, and builds the query of all levels.
func (p *parser) resolve() *Error {
	var unknown *Error
	for i := range p.waiting {
		x := &p.waiting[i]
		l, name := p.level(x.path)
		if l != nil {
			l.add(x)
		} else if unknown == nil {
			unknown = notEmbedded(name, x.key, x.kind == "")
		}
	}
	if bad := p.root.check(); bad != nil {
		return bad
	}
	for i := range p.below {
		if bad := p.below[i].check(); bad != nil {
			return bad
		}
	}
	if unknown != nil {
		return unknown
	}
	q := &p.Query
	if bad := p.root.sort(q.Select); bad != nil {
		return bad
	}
	q.Where, q.Order, q.Limit, q.Offset = p.root.where(), p.root.order, p.root.limit, p.root.offset
	for i := range p.below {
		l := &p.below[i]
		r := l.embed
		if bad := l.sort(r.Select); bad != nil {
			return bad
		}
		r.Where, r.Order, r.Limit, r.Offset = l.where(), l.order, l.limit, l.offset
	}
	return nil
}

// level returns the level to which a path leads. If there is none, it returns nil and
// the name in the path that is not an embed.
func (p *parser) level(path []string) (l *level, unknown string) {
	fields := p.Query.Select
	var r *dbcontents.Related
	for _, name := range path {
		f := embedded(fields, name)
		if f == nil {
			return nil, name
		}
		r, fields = f.Embed, f.Embed.Select
	}
	for i := range p.below {
		if p.below[i].embed == r {
			return &p.below[i], ""
		}
	}
	p.below = append(p.below, level{embed: r})
	return &p.below[len(p.below)-1], ""
}

// embedded returns the embed that a name in a parameter means, or nil. If several have
// the name, the first one written counts, as in PostgREST. An alias takes the place of
// the table's name, which counts only if no embed is called so, for clients that
// send it as PostgREST's url-use-legacy-target-names lets them.
func embedded(fields []dbcontents.Field, name string) *dbcontents.Field {
	var byTable *dbcontents.Field
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Embed == nil:
		case OutputName(f) == name:
			return f
		case f.Embed.Table == name && byTable == nil:
			byTable = f
		}
	}
	return byTable
}

// OutputName is the name of an embed in the output, by which a [dbcontents.Query] refers to it.
func OutputName(f *dbcontents.Field) string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Embed.Table
}

// check refuses a negative limit.
func (l *level) check() *Error {
	if l.negative == "" {
		return nil
	}
	return &Error{
		Status: 416, Code: "PGRST103", Cause: "range_invalid", Parameter: l.negative, Message: "Requested range not satisfiable",
		Details: "Limit should be greater than or equal to zero.", Hint: "limit is the most rows to return; 0 is none",
	}
}

// sort finds the embeds by whose columns the level is sorted.
func (l *level) sort(fields []dbcontents.Field) *Error {
	for i := range l.order {
		o := &l.order[i]
		if o.Embed == "" {
			continue
		}
		f := embedded(fields, o.Embed)
		if f == nil {
			return notEmbedded(o.Embed, l.ordered, false)
		}
		o.Embed = OutputName(f)
	}
	return nil
}

// notEmbedded is the error for the name of an embed that is not in select.
func notEmbedded(name, key string, filter bool) *Error {
	shown := "'" + cut(name) + "'"
	hint := "Verify that " + shown + " is included in the 'select' query parameter."
	switch {
	case name == "not":
		hint += " not comes before the operator: column=not.eq.value"
	case filter:
		hint += " A column whose name holds a dot needs double quotes."
	}
	bad := newError("PGRST108", shown+" is not an embedded resource in this request", "", hint)
	bad.Parameter = key
	return bad
}
