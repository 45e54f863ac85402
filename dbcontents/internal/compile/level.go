package compile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// A composer makes the SQL of one level of a statement: of the table that is read, or of a
// related one.
type composer struct {
	table *catalog.Table
	alias string // what the statement calls the table
	guard string // the mandatory filter, which must decide before what could tell of its rows
	embed *Embed // that the level is of, nil for the table that is read
	// related are the conditions by which a row of the level belongs to one of the outer level.
	related []string
	// fields are what the level selects. Filters and the order refer to the embeds among them.
	fields []Field
	// joins are what FROM joins beside the table, and joined the levels of which they are.
	joins   strings.Builder
	joined  map[*Embed]*composer
	derived bool   // the rows are those of a SELECT, so that they are not of the table's row type
	grouped bool   // the level makes one row of many
	marker  string // of a joined level: SQL that is null where no row was joined
	// column of the level, and its row, as levels below it refer to them; nil is by the alias.
	refer func(column string) string
	*statement
}

// A statement is what the levels of one plan have in common.
type statement struct {
	types map[string]*catalog.CastType
	// params counts the parameters so far; their values are gathered in the same order.
	params int
	// taken are the places of these values among all of the query, see eachParameter. They are
	// kept if places, which knows all, is not nil.
	taken  []int
	places map[any]int
	// hasInput: the SQL holds something of the request that the database may
	// refuse, other than names of columns.
	hasInput bool
	foreign  bool // it runs code of others to read a related table
	aliases  int
	root     string // the name of the table that is read, which has no alias
	columns  int    // that are selected at all levels
}

func newComposer(t *catalog.Table, types map[string]*catalog.CastType, fields []Field) *composer {
	return &composer{table: t, alias: t.Name, fields: fields, statement: &statement{types: types, root: t.Name}}
}

// param is the place of the next parameter, whose value is known by key.
func (c *composer) param(key any) string {
	c.hasInput = true
	if c.places != nil && key != nil {
		c.taken = append(c.taken, c.places[key])
	}
	c.params++
	return "$" + strconv.Itoa(c.params)
}

// quoted is a column of the level by its alias.
func (c *composer) quoted(column string) string {
	var b strings.Builder
	catalog.QuoteName(&b, c.alias)
	b.WriteByte('.')
	catalog.QuoteName(&b, column)
	return b.String()
}

// key is a column by which levels are joined. An allow-list need not have it.
func (c *composer) key(column string) string {
	if c.refer != nil {
		return c.refer(column)
	}
	return c.quoted(column)
}

// row is the row of the level, for a function.
func (c *composer) row() string {
	if c.refer != nil {
		return c.refer("")
	}
	if c.derived {
		return c.typedRow()
	}
	var b strings.Builder
	catalog.QuoteName(&b, c.alias)
	return b.String() + ".*"
}

// newAlias is a name that no other relation of the statement has.
func (s *statement) newAlias() string {
	for {
		s.aliases++
		if alias := "e" + strconv.Itoa(s.aliases); alias != s.root {
			return alias
		}
	}
}

// child is the composer of an embed of c's level.
func (c *composer) child(e *Embed) *composer {
	plain := e.Of.Origin().Plain && (e.Via.Junction == nil || e.Through != nil && e.Through.Plain)
	c.foreign = c.foreign || !plain || e.Via.Function != "" || e.Mandatory != nil || e.ThroughMandatory != nil
	return &composer{table: e.Of, alias: c.newAlias(), embed: e, fields: e.fields(), statement: c.statement}
}

// pairsSQL are the conditions that join columns of two relations, of which first and second write the names.
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
	var alias strings.Builder
	catalog.QuoteName(&alias, child.alias)
	switch j := e.Via.Junction; {
	case e.Via.Function != "":
		from = e.Via.Function + "(" + c.row() + ") AS " + alias.String()
		if c.marker != "" { // it might find something for a row that is missing
			conditions = append(conditions, "("+c.marker+") IS NOT NULL")
		}
	case j != nil:
		through := &composer{table: e.Through, alias: c.newAlias(), statement: c.statement}
		if through.table == nil {
			through.table = &catalog.Table{Schema: j.Schema, Name: j.Name.Name}
		}
		on := pairsSQL(swapped(j.TargetPairs), child.quoted, through.quoted, through.table)
		if mandatory, err := through.filters(e.ThroughMandatory, nil); err != nil {
			return "", nil, err
		} else if mandatory != "" {
			on = append(on, mandatory)
		}
		var junction strings.Builder
		catalog.QuoteName(&junction, through.alias)
		from = fromTable(e.Of) + " AS " + alias.String() + " JOIN " + fromTable(through.table) + " AS " + junction.String() + " ON " + strings.Join(on, " AND ")
		conditions = pairsSQL(swapped(j.SourcePairs), c.key, through.quoted, through.table)
	default:
		from = fromTable(e.Of) + " AS " + alias.String()
		conditions = pairsSQL(e.Via.Pairs, c.key, child.quoted, e.Of)
	}
	if e.Via.Function != "" && e.Via.ToOne() {
		conditions = append(conditions, "NOT ("+child.row()+") IS NULL") // a function that is no set gives a row of nulls for none
	}
	child.related = slices.Clone(conditions)
	where, err := child.filters(e.Mandatory, e.Where)
	if err != nil {
		return "", nil, err
	}
	if where != "" {
		conditions = append(conditions, where)
	}
	inner, err := child.inner()
	return from, append(conditions, inner...), err
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

// limitsOf are LIMIT and OFFSET of e.
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
			if c.guard != "" {
				exists = c.guarded(exists)
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
	if c.joined == nil {
		c.joined = map[*Embed]*composer{}
	}
	c.joined[e] = child
	simple := !e.Via.View && e.Via.Function == "" && e.Limit == 0 && e.Offset == 0
	if simple {
		from, conditions, err := c.source(child)
		if err != nil {
			return nil, err
		}
		c.joins.WriteString(" LEFT JOIN " + from + " ON " + strings.Join(conditions, " AND "))
		child.marker = "CASE WHEN " + child.quoted(e.Via.Pairs[0][1]) + " IS NOT NULL THEN true END"
		return child, nil
	}
	// There may be several rows: columns of a view need not be unique, and neither is what a function gives.
	within := c.child(e)
	from, conditions, err := c.source(within)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, col := range e.Of.Origin().Columns {
		list = append(list, within.quoted(col.Name))
	}
	order, err := within.order(e)
	if err != nil {
		return nil, err
	}
	limit := " LIMIT 1"
	if e.Limit != 0 { // it may be 0 rows; a plan serves all limits
		limit = " LIMIT LEAST(CAST(" + c.param(limitOf{embed: e}) + " AS pg_catalog.int8), 1)"
	}
	c.joins.WriteString(" LEFT JOIN LATERAL (SELECT " + strings.Join(list, ", ") + " FROM " + from + within.joins.String() + whereSQL(conditions) + order + limit)
	if e.Offset != 0 {
		c.joins.WriteString(" OFFSET " + c.param(limitOf{e, true}))
	}
	var alias strings.Builder
	catalog.QuoteName(&alias, child.alias)
	c.joins.WriteString(") AS " + alias.String() + " ON true")
	child.marker = "CASE WHEN (" + alias.String() + ".*) IS DISTINCT FROM NULL THEN true END"
	child.derived = true
	return child, nil
}

// order is the ORDER BY of an embed.
func (c *composer) order(e *Embed) (string, error) {
	keys, err := c.orderKeys(&Query{Order: e.Order})
	if err != nil || len(keys) == 0 {
		return "", err
	}
	return " ORDER BY " + orderBy(keys), nil
}

// embedCalled finds the embed that a filter or the order calls name.
func (c *composer) embedCalled(name string) *Embed {
	if f := embedded(c.fields, name); f != nil {
		return f.Embed
	}
	return nil
}

// has reports whether the level has one embed at least.
func (c *composer) has() bool {
	return slices.ContainsFunc(c.fields, func(f Field) bool { return f.Embed != nil })
}
