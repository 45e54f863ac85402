package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// rows is the end of a SELECT of the rows of l that belong to a row of the outer level.
func (l *level) rows() string {
	from := " FROM " + sqlName(l.relation.name) + " AS " + l.alias
	var conditions []string
	equal := func(pairs [][2]string, first, second string) {
		for _, p := range pairs {
			conditions = append(conditions, first+"."+sqlName(p[0])+" = "+second+"."+sqlName(p[1]))
		}
	}
	switch v := l.via; {
	case v == nil:
	case v.function != "":
		from = " FROM " + sqlName(v.function) + "(" + l.outer.alias + ".*) AS " + l.alias
		if !v.set {
			conditions = append(conditions, l.alias+"."+sqlName(l.key[0])+" IS NOT NULL")
		}
	case v.junction != nil:
		from += ", " + sqlName(v.junction.name) + " AS " + l.alias + "_j"
		equal(v.fromSource, l.alias+"_j", l.outer.alias)
		equal(v.onward, l.alias+"_j", l.alias)
	default:
		equal(v.pairs, l.outer.alias, l.alias)
	}
	if where := l.where(); where != "true" {
		conditions = append(conditions, "("+where+")")
	}
	allowed := func(r *relation, alias string) {
		if r.allowed != "" {
			conditions = append(conditions, "("+strings.ReplaceAll(r.allowed, `"allowed"`, alias)+")")
		}
	}
	allowed(l.relation, l.alias)
	if l.via != nil && l.via.junction != nil {
		allowed(l.via.junction, l.alias+"_j")
	}
	for _, child := range l.children() {
		if child.inner {
			conditions = append(conditions, child.exists())
		}
	}
	if len(conditions) == 0 {
		return from
	}
	return from + " WHERE " + strings.Join(conditions, " AND ")
}

// tail is what ends a SELECT of rows.
func (l *level) tail() (sql string) {
	var list []string
	for _, k := range l.keys {
		if k.of != nil {
			k.sql = "(SELECT " + k.sql + k.of.rows() + k.of.tail() + ")"
		}
		list = append(list, k.sql+k.end)
	}
	if len(list) > 0 && !l.grouped {
		sql = " ORDER BY " + strings.Join(list, ", ")
	}
	return sql + l.capped()
}

// capped are the limits of the rows that are read. Those that are only counted have no cap.
func (l *level) capped() string {
	if l.cap > 0 && (l.limit == 0 || l.limit > l.cap) && (l.via == nil || !l.via.one()) {
		of := *l
		of.limit = l.cap
		return of.limits()
	}
	return l.limits()
}

func (l *level) limits() (sql string) {
	if l.limit != 0 {
		sql = fmt.Sprint(" LIMIT ", max(l.limit, 0))
	}
	if l.offset != 0 {
		sql += fmt.Sprint(" OFFSET ", l.offset)
	}
	return sql
}

// exists is the condition that there are rows.
func (l *level) exists() string { return "EXISTS (SELECT 1" + l.rows() + l.limits() + ")" }

// number is how many rows there are.
func (l *level) number() string { return "(SELECT count(*)" + l.rows() + ")" }

// A style is how values are written.
type style struct {
	numbers bool // as strings
	plain   bool // as text, for CSV
}

// value is the SQL for the JSON of a value, as text.
func (s style) value(sql, typ string) string {
	if s.plain {
		return "CASE WHEN " + sql + " IS NOT DISTINCT FROM NULL THEN 'null' ELSE to_json(format('%s', " + sql + "))::text END"
	}
	if s.numbers {
		switch typ {
		case "bigint", "numeric", "amount":
			sql = "(" + sql + ")::text"
		case "bigint[]", "numeric[]", "_int8":
			sql = "(" + sql + ")::text[]"
		}
	}
	return "coalesce(to_json(" + sql + ")::text, 'null')"
}

// A part is a member of an object: its name, and the SQL for its JSON as text.
type part struct {
	name, sql string
	cell      bool // it is JSON in CSV, too
}

// parts are the members of the object of a row of l that is not grouped.
func (l *level) parts(s style) (list []part) {
	for _, m := range l.members {
		if m.level == nil {
			list = append(list, part{m.name, s.value(m.sql, m.typ), false})
		}
	}
	for _, m := range l.members {
		if m.level != nil && m.level.selects() {
			list = append(list, m.level.partsOf(s)...)
		}
	}
	return list
}

// partsOf are the members that a related table adds to the object of a row.
func (l *level) partsOf(s style) (list []part) {
	within := style{numbers: s.numbers}
	if !l.spread {
		return []part{{l.name, l.json(within), true}}
	}
	if l.via.one() {
		for _, p := range l.parts(s) {
			p.sql = "coalesce((SELECT " + p.sql + l.rows() + l.tail() + "), 'null')"
			list = append(list, p)
		}
		return list
	}
	for _, p := range l.parts(within) {
		list = append(list, part{p.name, arrayOf("SELECT " + p.sql + " AS j" + l.rows() + l.tail()), true})
	}
	return list
}

func arrayOf(rows string) string {
	return "coalesce((SELECT '[' || string_agg(j, ',') || ']' FROM (" + rows + ") AS x), '[]')"
}

// json is the SQL for the JSON of the rows of l that belong to a row of the outer level.
func (l *level) json(s style) string {
	rows := "SELECT " + object(l.parts(s)) + " AS j" + l.rows() + l.tail()
	if l.grouped {
		rows = l.groupedRows(s)
	}
	if l.via != nil && l.via.one() {
		return "coalesce((" + rows + "), 'null')"
	}
	return arrayOf(rows)
}

// groupedRows are the groups of l's rows. What makes them is selected first.
func (l *level) groupedRows(s style) string {
	var values, groups []string
	var list []part
	names := map[string]string{}
	var add func(of *level, around func(sql string) string)
	add = func(of *level, around func(sql string) string) {
		for _, m := range of.members {
			if m.level != nil {
				continue
			}
			v := fmt.Sprint("v", len(values)+1)
			values = append(values, around(m.sql)+" AS "+v)
			sql := "g." + v
			if m.aggregate == "" {
				groups = append(groups, sql)
				names[m.sql] = sql
			} else {
				sql = fmt.Sprintf(m.aggregate, sql)
				if of == l {
					names[m.name] = sql
				}
			}
			list = append(list, part{m.name, s.value(sql, m.typ), false})
		}
		for _, m := range of.members {
			if child := m.level; child != nil && !child.spread {
				v := fmt.Sprint("v", len(values)+1)
				values = append(values, child.json(s)+" AS "+v)
				groups = append(groups, "g."+v)
				list = append(list, part{m.name, "g." + v, true})
			} else if child != nil {
				add(child, func(sql string) string { return around("(SELECT " + sql + child.rows() + child.tail() + ")") })
			}
		}
	}
	add(l, func(sql string) string { return sql })
	sql := "SELECT " + object(list) + " AS j FROM (SELECT " + strings.Join(values, ", ") + l.rows() + ") AS g"
	if len(groups) > 0 {
		sql += " GROUP BY " + strings.Join(groups, ", ")
	}
	for i, k := range l.keys {
		sql += []string{" ORDER BY ", ", "}[min(i, 1)] + names[k.sql] + k.end
	}
	return sql + l.capped()
}

// object is the SQL for an object, as text.
func object(parts []part) string {
	if len(parts) == 0 {
		return "'{}'"
	}
	var b strings.Builder
	for i, p := range parts {
		key, _ := json.Marshal(p.name)
		b.WriteString([]string{"('{'", " || ','"}[min(i, 1)])
		b.WriteString(" || " + sqlText(string(key)+":") + " || " + p.sql)
	}
	return b.String() + " || '}')"
}

// cells are the names of the columns of CSV that hold JSON.
func (l *level) cells() (names []string) {
	for _, p := range l.parts(style{}) {
		if p.cell && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}
