package view

import (
	"slices"
	"strconv"
	"strings"
)

// Prepare finishes the model: it decides which column leads to the page of its row, and makes
// the rules that only this page has.
func (p *Page) Prepare() {
	p.lead = -1
	if p.Open != nil && len(p.Open.Cells) == 1 && p.Open.Cells[0] == 0 {
		p.lead = 0
	}
	if p.Row {
		return
	}
	var right, prose, documents []string
	for i := range p.Columns {
		of := ">:nth-child(" + strconv.Itoa(i+1-min(p.lead, 0)) + ")"
		switch p.Columns[i].Kind {
		case Numeric:
			right = append(right, "#rows tr"+of)
		case Prose:
			prose = append(prose, "#rows tr"+of)
		case Document:
			documents = append(documents, "#rows tbody td"+of[1:])
		}
	}
	var b strings.Builder
	for _, rule := range [...]struct {
		of   []string
		says string
	}{{right, "text-align:right"}, {prose, "max-width:min(44ch,62vw);overflow-wrap:anywhere"}, {documents, "max-width:min(44ch,62vw);overflow-wrap:anywhere;font-family:var(--mono);font-size:.8125rem"}} {
		if len(rule.of) > 0 {
			b.WriteString(strings.Join(rule.of, ",") + "{" + rule.says + "}")
		}
	}
	p.rules = b.String()
}

// Lead reports whether a column of the page's own leads to the page of each row.
func (p *Page) Lead() bool { return p.lead < 0 }

// Filterable reports whether there is a row of filters: columns that are too many have none.
func (p *Page) Filterable() bool {
	return len(p.Columns) <= 60 && slices.ContainsFunc(p.Columns, func(c Column) bool { return c.Filter != "" })
}

// Addable are the columns of the form that adds a filter where there is no row of them.
func (p *Page) Addable() []Column {
	if p.Filterable() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Columns), func(c Column) bool { return c.Filter == "" })
}
