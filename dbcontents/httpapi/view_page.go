package httpapi

import (
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// model is what the page of rows shows beside them.
func (v *viewing) model(rows *dbcontents.Rows) *view.Page {
	x, t := v.x, rows.Table()
	if v.table == nil {
		v.table = t
	}
	home, _ := x.home()
	p := &view.Page{
		Frame: view.Frame{Title: t.String(), Home: home, Place: []view.Anchor{{Text: t.Name}}},
		Kind:  t.Kind, Comment: t.Comment, Row: v.row, Facet: v.facet,
	}
	v.columns(p, rows.Columns())
	if v.row {
		key := strings.Join(v.keyValues(), ", ")
		p.Title, p.Place = t.Name+" "+key, []view.Anchor{{Text: t.Name, URL: v.whole()}, {Text: key}}
	} else {
		v.chips(p)
		v.choices(p)
		v.totals(p, rows)
		v.sizes(p)
		p.Asked = v.unpaged()
		if q := &x.ask.query; q.After == "" {
			p.First = q.Offset + 1
		}
	}
	v.exports(p)
	p.Prepare()
	x.pageHeaders(&p.Frame)
	return p
}

// whole is the address of the table without filters.
func (v *viewing) whole() string {
	return v.pairs.Drop(func(_ int, p view.Pair) bool { return p.Key != "format" || !isFormat(p.Value) }).Query()
}

// keyValues are the values in the filters of the page of one row.
func (v *viewing) keyValues() (values []string) {
	for _, p := range v.pairs {
		if value, ok := strings.CutPrefix(p.Value, "eq."); ok {
			values = append(values, cut(value))
		}
	}
	return values
}

// sources are the columns of the table that columns of the result are, by their names.
func sources(selected []dbcontents.Field, t *dbcontents.Table) map[string]string {
	of := map[string]string{}
	all := len(selected) == 0
	for _, f := range selected {
		switch {
		case f.Embed != nil || f.Omit || f.Aggregate != "" || f.Cast != "" || len(f.Path) > 0:
		case f.Column == "":
			all = true
		case f.Alias != "":
			of[f.Alias] = f.Column
		default:
			of[f.Column] = f.Column
		}
	}
	for _, c := range t.Columns {
		if _, taken := of[c.Name]; all && !taken {
			of[c.Name] = c.Name
		}
	}
	return of
}

func (v *viewing) columns(p *view.Page, columns []dbcontents.Column) {
	q := &v.x.ask.query
	a, _ := v.x.accessTo(v.table)
	source := sources(q.Select, v.table)
	v.cells = map[string]int{}
	for i, c := range columns {
		if from, ok := source[c.Name]; ok {
			v.cells[from] = i
		}
	}
	aggregated := slices.ContainsFunc(q.Select, func(f dbcontents.Field) bool { return f.Aggregate != "" })
	for _, c := range columns {
		shown := view.Column{Name: c.Name, Type: c.Type, Comment: c.Comment, Kind: kindOf(c.Type)}
		from, ok := source[c.Name]
		if ok && !v.row {
			if allows(a.Filters, from) {
				if shown.Ops = a.ops(c.Type); len(shown.Ops) > 0 {
					shown.Filter = view.Name(from)
				}
			}
			if allows(a.Orders, from) && sortable(c.Type) {
				v.sort(&shown, from)
			}
		}
		if ok && !aggregated {
			shown.Link = v.reference(from)
		}
		p.Columns = append(p.Columns, shown)
	}
	if !v.row && !aggregated {
		p.Open = v.open(&a)
	}
}

// sort lets a click on the header sort by a column: from its smallest value, from its greatest, not at all.
func (v *viewing) sort(c *view.Column, column string) {
	next := view.Name(column)
	if i := slices.IndexFunc(v.x.ask.query.Order, func(o dbcontents.Order) bool { return o.Column == column && len(o.Path) == 0 && o.Embed == "" }); i >= 0 {
		c.Sorted = "ascending"
		if next += ".desc"; v.x.ask.query.Order[i].Desc {
			c.Sorted, next = "descending", ""
		}
	}
	c.Sort = v.unpaged().With("order", next).Query()
}

// open is the link to the page of each row; nil if there is no primary key, or not all of it is shown.
func (v *viewing) open(a *Access) *view.Link {
	l := &view.Link{Path: "", Row: true}
	for _, name := range v.table.PrimaryKey {
		i, ok := v.cells[name]
		if !ok || !allows(a.Filters, name) || !allows(a.Operators, dbcontents.OpEq) {
			return nil
		}
		l.Keys, l.Cells = append(l.Keys, view.Name(name)), append(l.Cells, i)
	}
	if len(l.Keys) == 0 {
		return nil
	}
	return l
}

// baseType is a type without what it has in parentheses.
func baseType(t string) string {
	name, rest, _ := strings.Cut(t, "(")
	if _, behind, ok := strings.Cut(rest, ")"); ok {
		name += behind
	}
	return strings.TrimSpace(name)
}

// kindOf is how values of a type are shown.
func kindOf(t string) view.Kind {
	switch base := baseType(t); base {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid":
		return view.Numeric
	case "json", "jsonb", "":
		return view.Document
	case "text", "character varying", "citext", "tsvector", "xml", "bytea":
		return view.Prose
	default:
		if strings.HasSuffix(base, "[]") {
			return view.Prose
		}
	}
	return view.Plain
}

// sortable reports whether values of a type have an order.
func sortable(t string) bool {
	switch strings.TrimSuffix(baseType(t), "[]") {
	case "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "":
		return false
	}
	return true
}

// opKind is the kind of a type in viewOps.
func opKind(t string) string {
	switch base := baseType(t); {
	case strings.HasSuffix(base, "[]"):
		return "a"
	case base == "text" || strings.HasPrefix(base, "character") || base == "citext" || base == "name" || base == `"char"`:
		return "t"
	case base == "boolean":
		return "b"
	case base == "jsonb":
		return "j"
	case base == "tsvector":
		return "v"
	case base == "json" || base == "xml" || strings.HasSuffix(base, "range") || !sortable(t):
		return "x"
	case kindOf(t) == view.Numeric || base == "date" || strings.HasPrefix(base, "time") || base == "interval":
		return "n"
	}
	return "o"
}

// ops are the operators that a offers for columns of a type.
func (a *Access) ops(t string) (list []view.Op) {
	kind := opKind(t)
	for _, o := range viewOps {
		if strings.Contains(o.kinds, kind) && allows(a.Operators, o.op) {
			if len(list) == 0 && o.alone { // else sending the form would choose it
				list = append(list, view.Op{Text: "any"})
			}
			list = append(list, view.Op{Name: o.name, Text: o.text})
		}
	}
	return list
}
