package compile

import (
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// A selection is the parts of a SELECT; those that are empty are left out.
type selection struct {
	list                      []string
	from, where, group, order string
	// segments are conditions: the rows for which one is true, beside where, in
	// the order of the segments. scan is order in terms of the list's names.
	segments []string
	scan     string
	named    bool // the items of the list have their names
}

// nameList calls the items of the list c1, c2 and so on.
func (s *selection) nameList() {
	if s.named {
		return
	}
	s.named = true
	for i := range s.list {
		s.list[i] += " AS c" + strconv.Itoa(i+1)
	}
}

// entries is how many columns the statement has for PostgreSQL: the list, and
// what it sorts and groups by that is not in the list.
func (s *selection) entries(keys []orderKey, groups []string) int {
	most := len(s.list) + len(keys) + len(groups)
	if most <= maxSelect {
		return most // or fewer
	}
	found := make(map[string]bool, most)
	for _, sql := range s.list {
		found[sql] = true
	}
	n := len(s.list)
	also := func(sql string) {
		if !found[sql] {
			found[sql] = true
			n++
		}
	}
	for i := range keys {
		also(keys[i].sql)
	}
	for _, sql := range groups {
		also(sql)
	}
	return n
}

func tooManyColumns() error {
	return refuse("query_invalid", "the query has more than "+strconv.Itoa(maxSelect)+
		" columns to select, sort and group by, which is the most that PostgreSQL takes; select fewer")
}

// limited is the statement with limits (see Query.limits), which has n parameters already.
func (s selection) limited(limits, n int) string {
	segments := s.segments
	s.segments = nil
	if len(segments) == 0 {
		return s.sql(limitSQL(limits, n))
	}
	parts := make([]selection, len(segments))
	for i, condition := range segments {
		parts[i] = s
		if parts[i].where = condition; s.where != "" {
			parts[i].where = s.where + " AND " + condition
		}
	}
	if len(parts) == 1 {
		return parts[0].sql(limitSQL(limits, n))
	}
	// None is even begun if those before it have all rows that are needed.
	needed := neededSQL(limits, n)
	var with, found strings.Builder
	for i, part := range parts {
		name := "part" + strconv.Itoa(i+1)
		with.WriteString([]string{"WITH ", ", "}[min(i, 1)] + name + " AS MATERIALIZED (" + part.sql(needed) + ")")
		found.WriteString([]string{"TABLE ", " UNION ALL TABLE "}[min(i, 1)] + name)
		if needed != "" {
			needed += " - (SELECT pg_catalog.count(*) FROM " + name + ")"
		}
	}
	return with.String() + " SELECT * FROM (" + found.String() + ") found ORDER BY " + s.scan + limitSQL(limits, n)
}

func (s *selection) sql(limit string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	b.WriteString(strings.Join(s.list, ", "))
	for _, part := range [...]struct{ word, sql string }{
		{" FROM ", s.from}, {" WHERE ", s.where}, {" GROUP BY ", s.group}, {" ORDER BY ", s.order},
	} {
		if part.sql != "" {
			b.WriteString(part.word)
			b.WriteString(part.sql)
		}
	}
	b.WriteString(limit)
	return b.String()
}

func fromTable(t *catalog.Table) string {
	var b strings.Builder
	catalog.QuoteName(&b, t.Schema)
	b.WriteByte('.')
	catalog.QuoteName(&b, t.Name)
	return b.String()
}

// Nothing is a statement that reads nothing of t, and needs the right to read something of it.
func Nothing(t *catalog.Table) string { return "SELECT FROM " + fromTable(t) + " LIMIT 0" }

// A limit that is there is a parameter, so that pages share a plan; one that is
// not there must not be, or PostgreSQL would plan for a part of the rows.

// limits is which limits q has, as an index: 1 for a limit, 2 for an offset.
func (q *Query) limits() (index int) {
	if q.Limit != 0 {
		index |= 1
	}
	if q.Offset != 0 {
		index |= 2
	}
	return index
}

// limitSQL is the end of a SELECT that has n parameters already.
func limitSQL(limits, n int) (sql string) {
	if limits&1 != 0 {
		n++
		sql = " LIMIT $" + strconv.Itoa(n)
	}
	if limits&2 != 0 {
		sql += " OFFSET $" + strconv.Itoa(n+1)
	}
	return sql
}

// neededSQL is the end of a SELECT whose rows are a part of those that limits cut
// from: as many as can be needed.
func neededSQL(limits, n int) string {
	switch limits {
	case 1:
		return " LIMIT $" + strconv.Itoa(n+1)
	case 3:
		return " LIMIT $" + strconv.Itoa(n+1) + " + $" + strconv.Itoa(n+2)
	}
	return ""
}

// limitValues appends the parameters of q's limits, in text form.
func (q *Query) limitValues(params [][]byte) [][]byte {
	if q.Limit != 0 {
		params = append(params, strconv.AppendInt(nil, max(q.Limit, 0), 10))
	}
	if q.Offset != 0 {
		params = append(params, strconv.AppendInt(nil, q.Offset, 10))
	}
	return params
}
