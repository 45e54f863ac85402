package compile

import (
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
	// leaks tells that a test of the caller's could tell something of rows that guard turns away.
	leaks bool
	embed *Embed // whose rows the level selects, nil for the table that is read
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
	root  string // the name of the table that is read, which has no alias
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
	columns  int // that are selected at all levels
}

func newComposer(t *catalog.Table, types map[string]*catalog.CastType, fields []Field) *composer {
	return &composer{table: t, alias: t.Name, fields: fields, statement: &statement{root: t.Name, types: types}}
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

// quotedAlias is the alias as SQL writes it.
func (c *composer) quotedAlias() string {
	var b strings.Builder
	catalog.QuoteName(&b, c.alias)
	return b.String()
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
	return c.quotedAlias() + ".*"
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
	plain := e.Of.Origin().Plain && (e.Through == nil || e.Through.Plain)
	c.foreign = c.foreign || !plain || e.Via.Function != "" || e.Mandatory != nil || e.ThroughMandatory != nil
	return &composer{table: e.Of, alias: c.newAlias(), embed: e, fields: e.fields(), statement: c.statement}
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
