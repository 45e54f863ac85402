package oracle

import (
	"fmt"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// condition returns a random filter, and its SQL.
func (g *generator) condition(depth int) (dbcontents.Filter, string) {
	if depth == 0 || g.IntN(3) > 0 {
		return g.test()
	}
	if g.IntN(3) == 0 {
		f, sql := g.condition(depth - 1)
		return dbcontents.Not(f), "NOT (" + sql + ")"
	}
	var parts []dbcontents.Filter
	var list []string
	for range 1 + g.IntN(3) {
		f, sql := g.condition(depth - 1)
		parts, list = append(parts, f), append(list, "("+sql+")")
	}
	if g.IntN(2) == 0 {
		return dbcontents.And(parts...), strings.Join(list, " AND ")
	}
	return dbcontents.Or(parts...), strings.Join(list, " OR ")
}

// signs are the operators, and the functions of full-text search, in SQL.
var signs = map[string]string{
	"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "isdistinct": "IS DISTINCT FROM",
	"like": "LIKE", "ilike": "ILIKE", "match": "~", "imatch": "~*",
	"cs": "@>", "cd": "<@", "ov": "&&", "sl": "<<", "sr": ">>", "nxr": "&<", "nxl": "&>", "adj": "-|-",
	"fts": "to_tsquery", "plfts": "plainto_tsquery", "phfts": "phraseto_tsquery", "wfts": "websearch_to_tsquery",
}

// test returns a filter with one operator on one column.
func (g *generator) test() (dbcontents.Filter, string) {
	c := pick(g, g.table.columns)
	sql := c.expression(g.table)
	if len(c.ops) == 0 || g.IntN(10) == 0 {
		word := pick(g, []string{"null", "not_null"})
		return dbcontents.Where(c.name, "is", word), sql + " IS " + strings.ReplaceAll(strings.ToUpper(word), "_", " ")
	}
	op := pick(g, c.ops)
	word, modifier, _ := strings.Cut(strings.TrimSuffix(op, ")"), "(")
	switch {
	case word == "is":
		state := pick(g, []string{"true", "false", "unknown"})
		return dbcontents.Where(c.name, "is", state), sql + " IS " + state
	case word == "path":
		return g.pathTest(&c)
	case strings.HasSuffix(word, "fts"):
		return g.fullText(&c, dbcontents.Op(op), word, modifier)
	case word == "in" || modifier != "":
		return g.listTest(&c, dbcontents.Op(op), word, modifier)
	case word == "like" || word == "ilike" || word == "match" || word == "imatch":
		value := g.pattern(word)
		return dbcontents.Where(c.name, dbcontents.Op(op), value), sql + " " + signs[word] + " " + starred(word, value)
	}
	value := pick(g, c.values)
	if c.bad != "" && !g.wrong && g.IntN(100) == 0 {
		value, g.wrong = c.bad, true
	}
	return dbcontents.Where(c.name, dbcontents.Op(op), value), sql + " " + signs[word] + " " + sqlText(value) + "::" + c.bare()
}

// bare is the type without its length. A cast to a type with a length would
// truncate the value.
func (c *randomColumn) bare() string { return strings.TrimSuffix(c.kind.sql, "(12)") }

// pathTest returns a filter on a JSON path.
func (g *generator) pathTest(c *randomColumn) (dbcontents.Filter, string) {
	path, text, sql, _ := g.path(c)
	f := dbcontents.Field{Column: c.name, Path: path, Text: text}
	jsonb := c.kind.sql == "jsonb" || c.computed != ""
	switch {
	case !text && (!jsonb || g.IntN(2) == 0):
		return dbcontents.Where(f, "is", "not_null"), sql + " IS NOT NULL"
	case !text:
		return dbcontents.Where(f, "eq", "1"), sql + " = '1'"
	}
	value := pick(g, []string{"1", "x", "10", ""})
	return dbcontents.Where(f, "gte", value), sql + " >= " + sqlText(value)
}

// pattern returns a value for like, ilike, match or imatch.
func (g *generator) pattern(word string) string {
	if strings.HasSuffix(word, "like") {
		return pick(g, []string{"a*", "*b*", "%", "_b_", "A%", "*\\*", "", "50\\%"})
	}
	return pick(g, []string{"^a", "b$", "[a-c]+", ".", "^$", "x|y", "\\d"})
}

// starred is a pattern in SQL: LIKE has % for our *.
func starred(word, value string) string {
	if strings.HasSuffix(word, "like") {
		value = strings.ReplaceAll(value, "*", "%")
	}
	return sqlText(value)
}

// listTest returns a filter with in, any or all. In SQL it is one comparison for
// each value of the list.
func (g *generator) listTest(c *randomColumn, op dbcontents.Op, word, modifier string) (dbcontents.Filter, string) {
	if word == "in" {
		word, modifier = "eq", "any"
	}
	values := make([]string, g.IntN(4))
	list := make([]string, len(values))
	for i := range values {
		values[i] = pick(g, c.values)
		literal := sqlText(values[i]) + "::" + c.bare()
		if strings.HasSuffix(word, "like") || strings.HasSuffix(word, "match") {
			values[i] = g.pattern(word)
			literal = starred(word, values[i])
		}
		list[i] = c.expression(g.table) + " " + signs[word] + " " + literal
	}
	sql := strings.Join(list, map[string]string{"any": " OR ", "all": " AND "}[modifier])
	if len(list) == 0 {
		sql = fmt.Sprint(modifier == "all")
	}
	return dbcontents.Where(c.name, op, values), "(" + sql + ")"
}

// fullText returns a filter with a full-text search.
func (g *generator) fullText(c *randomColumn, op dbcontents.Op, word, config string) (dbcontents.Filter, string) {
	value := pick(g, []string{"dog", "a", "the dog", "cat"})
	if word == "fts" {
		value = pick(g, []string{"dog", "a | b", "!cat", "do:*"})
	}
	if config != "" {
		config = sqlText(config) + "::regconfig, "
	}
	left := c.expression(g.table)
	switch {
	case c.kind.sql == "tsvector", c.computed != "": // @@ accepts text on its left, too
	default:
		left = "to_tsvector(" + config + left + ")"
	}
	return dbcontents.Where(c.name, op, value), left + " @@ " + signs[word] + "(" + config + sqlText(value) + ")"
}
