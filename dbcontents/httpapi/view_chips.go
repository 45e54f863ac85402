package httpapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// signs are the operators of filters as chips have them.
var signs = map[string]string{
	"eq": "=", "neq": "≠", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤", "is": "is", "in": "in", "not": "not",
	"like": "like", "ilike": "like (any case)", "match": "matches", "imatch": "matches (any case)", "cs": "contains", "cd": "is within",
}

// maxChips is how many chips a page has. Each repeats the query string, which may have thousands of filters.
const maxChips = 50

// addChip adds a chip, whose address is only made if there is room for it.
func addChip(p *view.Page, kind, text string, without func() view.Pairs) {
	if len(p.Chips) < maxChips {
		p.Chips = append(p.Chips, view.Chip{Kind: kind, Text: text, Remove: without().Query()})
	}
}

// chips are the parts of the request, each with the address without it.
func (v *viewing) chips(p *view.Page) {
	base := v.unpaged()
	var kept view.Pairs // what no chip stands for
	selected, ordered := false, false
	for i, pair := range base {
		switch {
		case pair.Key == "limit" || pair.Key == "format" && isFormat(pair.Value) || pair.Key == "columns" || pair.Key == "on_conflict":
			kept = append(kept, pair)
		case pair.Key == "order":
			if ordered {
				continue // only the first one counts
			}
			ordered = true
			for n, item := range view.Items(pair.Value) {
				addChip(p, "sorted by", orderText(item), func() view.Pairs {
					rest := slices.Delete(view.Items(pair.Value), n, n+1)
					return base.With("order", strings.Join(rest, ","))
				})
			}
		case pair.Key == "select":
			if !selected {
				selected = true
				v.selectChips(p, base, pair.Value)
			}
		default:
			kind := "filter"
			if v.x.ask.query.Function != "" {
				kind = "parameter"
			}
			addChip(p, kind, filterText(pair), func() view.Pairs {
				return base.Drop(func(j int, _ view.Pair) bool { return j == i })
			})
		}
	}
	if len(p.Chips) > 1 && v.x.ask.query.Function == "" {
		p.Clear = kept.Query()
	}
	if len(p.Chips) == maxChips {
		p.Notices = append(p.Notices, "At most "+strconv.Itoa(maxChips)+" parts of the request are listed here.")
	}
}

func orderText(item string) string {
	text := strings.NewReplacer(".desc", " ↓", ".asc", " ↑", ".nullsfirst", ", null first", ".nullslast", ", null last").Replace(item)
	return cut(text)
}

// filterText is a filter for people. What is more than a test of a column stands as it is.
func filterText(p view.Pair) string {
	text, negated := strings.CutPrefix(p.Value, "not.")
	op, value, ok := strings.Cut(text, ".")
	sign := signs[op]
	if !ok || sign == "" {
		return cut(p.Key + " " + p.Value)
	}
	if negated {
		sign = "not " + sign
	}
	return cut(p.Key + " " + sign + " " + value)
}

// selectChips are a chip for the choice of columns, and one for each item that is more than a column.
func (v *viewing) selectChips(p *view.Page, base view.Pairs, list string) {
	items := view.Items(list)
	columns := 0
	for n, item := range items {
		if v.isColumn(item) {
			columns++
			continue
		}
		kind := "computed"
		if strings.Contains(item, "(") && !strings.HasSuffix(item, "()") {
			kind = "related"
		}
		if item == "*" {
			continue
		}
		addChip(p, kind, cut(item), func() view.Pairs {
			rest := slices.Delete(slices.Clone(items), n, n+1)
			without := base.With("select", strings.Join(rest, ","))
			if kind != "related" {
				return without
			}
			name := embedName(item) // what is asked of it goes with it
			return without.Drop(func(_ int, pair view.Pair) bool {
				key, _ := strings.CutPrefix(pair.Key, "not.")
				return strings.HasPrefix(key, name+".")
			})
		})
	}
	if columns > 0 {
		rest := append([]string{"*"}, slices.DeleteFunc(items, v.isColumn)...)
		value := strings.Join(rest, ",")
		if len(rest) == 1 {
			value = ""
		}
		text := number(int64(columns)) + " of " + number(int64(len(v.table.Columns)))
		addChip(p, "columns", text, func() view.Pairs { return base.With("select", value) })
	}
}

// isColumn reports whether an item of select is a column and nothing else.
func (v *viewing) isColumn(item string) bool {
	return slices.ContainsFunc(v.table.Columns, func(c dbcontents.Column) bool { return item == c.Name || item == view.Name(c.Name) })
}

// embedName is the name by which parameters mean an embed.
func embedName(item string) string {
	item = strings.TrimPrefix(item, "...")
	if alias, _, ok := strings.Cut(item, ":"); ok && !strings.Contains(alias, "(") {
		return alias
	}
	name, _, _ := strings.Cut(item, "(")
	name, _, _ = strings.Cut(name, "!")
	return name
}

// choices are the columns that there are, for the form that chooses some.
func (v *viewing) choices(p *view.Page) {
	q := &v.x.ask.query
	if slices.ContainsFunc(q.Select, func(f dbcontents.Field) bool { return f.Aggregate != "" }) || len(v.table.Columns) < 2 {
		return
	}
	shown := sources(q.Select, v.table)
	named := map[string]bool{}
	for _, from := range shown {
		named[from] = true
	}
	base := v.unpaged()
	for _, f := range q.Select {
		if f.Omit {
			delete(named, f.Column)
		}
	}
	for _, c := range v.table.Columns {
		choice := view.Choice{Name: c.Name, Type: c.Type, Comment: c.Comment, Shown: named[c.Name]}
		if v.facets(c) {
			choice.Facet = base.And("~facet", c.Name)
		}
		p.Choices = append(p.Choices, choice)
	}
	p.Kept = append(base.Without("select"), view.Pair{Key: "~all", Value: number(int64(len(v.table.Columns)))})
	for _, item := range view.Items(base.Get("select")) {
		if item != "*" && !v.isColumn(item) && !strings.HasPrefix(item, "-") {
			p.Kept = append(p.Kept, view.Pair{Key: "~keep", Value: item})
		}
	}
}
