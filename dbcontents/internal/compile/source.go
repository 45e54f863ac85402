package compile

import (
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// pairsSQL are the conditions that join columns of two relations. first and second write their
// names, and of is the second relation.
func pairsSQL(pairs [][2]string, first, second func(string) string, of *catalog.Table) []string {
	conditions := make([]string, len(pairs))
	for i, pair := range pairs {
		operator := "="
		if col := of.Origin().Column(pair[1]); col != nil {
			x := expression{oid: col.OID, column: col}
			operator = x.operator("=")
		}
		conditions[i] = first(pair[0]) + " " + operator + " " + second(pair[1])
	}
	return conditions
}

// source is where rows of a child of c come from, without what it joins, and the
// conditions that they belong to a row of c and that the filters let them pass.
func (c *composer) source(child *composer) (from string, conditions []string, err error) {
	e := child.embed
	switch j := e.Via.Junction; {
	case e.Via.Function != "":
		from = e.Via.Function + "(" + c.row() + ") AS " + child.quotedAlias()
		if c.marker != "" { // it might find something for a row that is missing
			conditions = append(conditions, "("+c.marker+") IS NOT NULL")
		}
	case j != nil:
		through := &composer{table: e.Through, alias: c.newAlias(), statement: c.statement}
		on := pairsSQL(swapped(j.TargetPairs), child.quoted, through.quoted, through.table)
		mandatory, err := through.mandatory(e.ThroughMandatory)
		if err != nil {
			return "", nil, err
		}
		on = append(on, mandatory...)
		from = fromTable(e.Of) + " AS " + child.quotedAlias() + " JOIN " + fromTable(through.table) + " AS " + through.quotedAlias() + " ON " + strings.Join(on, " AND ")
		conditions = pairsSQL(swapped(j.SourcePairs), c.key, through.quoted, through.table)
	default:
		from = fromTable(e.Of) + " AS " + child.quotedAlias()
		conditions = pairsSQL(e.Via.Pairs, c.key, child.quoted, e.Of)
	}
	if e.Via.Single {
		conditions = append(conditions, "NOT ("+child.row()+") IS NULL")
	}
	child.related = slices.Clone(conditions)
	own, err := child.conditions(e.Mandatory, e.Where)
	return from, append(conditions, own...), err
}

func swapped(pairs [][2]string) [][2]string {
	turned := make([][2]string, len(pairs))
	for i, pair := range pairs {
		turned[i] = [2]string{pair[1], pair[0]}
	}
	return turned
}

// exists is the condition that a row of c has rows of e.
func (c *composer) exists(e *Embed) (string, error) {
	child := c.child(e)
	from, conditions, err := c.source(child)
	if err != nil {
		return "", err
	}
	return "EXISTS (SELECT FROM " + from + whereSQL(conditions) + c.limitsOf(e, e.Limit != 0) + ")", nil
}

// count is the number of rows of e that a row of c has.
func (c *composer) count(e *Embed) (string, error) {
	child := c.child(e)
	from, conditions, err := c.source(child)
	if err != nil {
		return "", err
	}
	return "(SELECT pg_catalog.count(*) FROM " + from + whereSQL(conditions) + ")", nil
}

// limitsOf are LIMIT, if it is wanted, and OFFSET of e.
func (c *composer) limitsOf(e *Embed, limit bool) (sql string) {
	if limit {
		sql = " LIMIT " + c.param(limitOf{embed: e})
	}
	if e.Offset != 0 {
		sql += " OFFSET " + c.param(limitOf{e, true})
	}
	return sql
}

func whereSQL(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// inner are the conditions that a row of c has rows of every inner embed.
func (c *composer) inner() (conditions []string, err error) {
	for i := range c.fields {
		if e := c.fields[i].Embed; e != nil && e.Inner {
			exists, err := c.exists(e)
			if err != nil {
				return nil, err
			}
			conditions = append(conditions, exists)
		}
	}
	return conditions, nil
}

// join joins the rows of e, one for a row of c at most, once.
func (c *composer) join(e *Embed) (*composer, error) {
	if child := c.joined[e]; child != nil {
		return child, nil
	}
	child := c.child(e)
	joins := c.joinLateral
	if !e.Via.View && e.Via.Function == "" && e.Limit == 0 && e.Offset == 0 {
		joins = c.joinTable
	}
	if err := joins(child); err != nil {
		return nil, err
	}
	if c.joined == nil {
		c.joined = map[*Embed]*composer{}
	}
	c.joined[e] = child
	return child, nil
}

// joinTable joins a table whose columns in the relationship are unique.
func (c *composer) joinTable(child *composer) error {
	from, conditions, err := c.source(child)
	if err != nil {
		return err
	}
	c.joins.WriteString(" LEFT JOIN " + from + " ON " + strings.Join(conditions, " AND "))
	child.marker = "CASE WHEN " + child.quoted(child.embed.Via.Pairs[0][1]) + " IS NOT NULL THEN true END"
	return nil
}

// joinLateral joins the first of what may be several rows: columns of a view need not be
// unique, and neither is what a function gives.
func (c *composer) joinLateral(child *composer) error {
	e := child.embed
	within := c.child(e)
	from, conditions, err := c.source(within)
	if err != nil {
		return err
	}
	var list []string
	for _, col := range e.Of.Origin().Columns {
		list = append(list, within.quoted(col.Name))
	}
	order, err := within.order(e)
	if err != nil {
		return err
	}
	limit := " LIMIT 1"
	if e.Limit != 0 { // it may be 0 rows; a plan serves all limits
		limit = " LIMIT LEAST(CAST(" + c.param(limitOf{embed: e}) + " AS pg_catalog.int8), 1)"
	}
	c.joins.WriteString(" LEFT JOIN LATERAL (SELECT " + strings.Join(list, ", ") + " FROM " + from + within.joins.String() + whereSQL(conditions) +
		order + limit + c.limitsOf(e, false) + ") AS " + child.quotedAlias() + " ON true")
	child.marker = "CASE WHEN (" + child.quotedAlias() + ".*) IS DISTINCT FROM NULL THEN true END"
	child.derived = true
	return nil
}
