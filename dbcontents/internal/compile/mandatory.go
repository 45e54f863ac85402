package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// conditions are those on the rows of a level: the mandatory filter, the caller's, and that
// there are rows of each inner embed.
func (c *composer) conditions(must, wanted *Condition) (list []string, err error) {
	if must != nil {
		if list, err = c.mandatory(must); err != nil {
			return nil, err
		}
	}
	// PostgreSQL chooses the order of the tests, and costs of sub-selects depend on the statistics
	// of all rows. Those that could tell of rows by failing are one test, so that they are made in their order.
	var guarded []string
	for _, part := range c.conjuncts(wanted) {
		c.leaks = false
		test, err := c.where(part)
		switch {
		case err != nil:
			return nil, err
		case c.leaks:
			guarded = append(guarded, test)
		case test != "":
			list = append(list, test)
		}
	}
	inner, err := c.inner()
	if err != nil {
		return nil, err
	}
	if c.guard == "" {
		return append(list, inner...), nil
	}
	if guarded = append(guarded, inner...); len(guarded) > 0 {
		list = append(list, c.guarded(strings.Join(guarded, " AND ")))
	}
	return list, nil
}

// mandatory is the SQL of a mandatory filter, and becomes the guard of what the caller tests. It
// may use any column. An error in it is none of the request.
func (c *composer) mandatory(f *Condition) (list []string, err error) {
	table, fields, hasInput := c.table, c.fields, c.hasInput
	c.table, c.fields = table.Origin(), nil
	c.guard, err = c.where(f)
	c.table, c.fields, c.hasInput = table, fields, hasInput
	if err != nil {
		return nil, mandatoryInvalid(err)
	}
	if c.guard != "" { // else it matches every row
		list = append(list, c.guard)
	}
	return list, nil
}

// conjuncts are what f joins by and, if some of it may have to be guarded.
func (c *composer) conjuncts(f *Condition) []*Condition {
	if c.guard != "" && f != nil && f.kind == allOf {
		return f.parts
	}
	return []*Condition{f}
}

// Restrict lets q read no more than a caller may: as a role, of the columns in allowed
// if that is not nil, and of the rows that match mandatory if that is not nil.
func (q *Query) Restrict(role string, allowed []string, mandatory *Condition) {
	q.Role, q.Mandatory, q.Allowed = role, mandatory, both(q.Allowed, allowed)
}

// Restrict is that of a Query, for a level.
func (e *Embed) Restrict(allowed []string, mandatory *Condition) {
	e.Readable, e.Mandatory = both(e.Allowed, allowed), mandatory
}

// both is what two allow-lists have in common; nil is no list.
func both(a, b []string) []string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// CheckMandatory refuses what can be refused of a mandatory filter without knowing the table.
func CheckMandatory(f *Condition) error {
	if n := f.count(); n > maxMandatory {
		return refuse("query_invalid", fmt.Sprintf("the filter compares with %d values; a mandatory one with at most %d", n, maxMandatory))
	}
	return f.check(0)
}

// mandatoryInvalid is the finding that the mandatory filter does not fit the table. It
// says nothing to the client, who has not made the filter.
func mandatoryInvalid(err error) error {
	return diagnosis.New("session_invalid", "the mandatory filter of the session: "+err.Error(), err)
}
