package oracle

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// TestSharedFilter reads with one Filter in several places, and then with others in the same
// places: both have the same statement, and each has its own values.
func TestSharedFilter(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE parents (id int PRIMARY KEY); INSERT INTO parents VALUES (1), (2), (3);
		CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents); INSERT INTO children VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, 3);`)
	store := open(t, dbcontents.Config{ConnString: db.DSN, Tables: []string{"parents", "children"}})
	read := func(a, b, c dbcontents.Filter) string {
		children := dbcontents.Embed("children", dbcontents.Columns("id")...)
		children.Embed.Where, children.Embed.Order = c, []dbcontents.Order{{Column: "id"}}
		return write(t, store, dbcontents.Query{
			Table: "parents", Format: dbcontents.JSON, Order: []dbcontents.Order{{Column: "id"}},
			Select: []dbcontents.Field{{Column: "id"}, children}, Where: dbcontents.Or(a, b),
		})
	}
	id := func(n int) dbcontents.Filter { return dbcontents.Where("id", dbcontents.OpEq, n) }
	for range 2 {
		one := id(1)
		checkText(t, "one filter", `[{"id":1,"children":[{"id":1}]}]`+"\n", read(one, one, one))
		checkText(t, "three filters", `[{"id":1,"children":[]},`+"\n"+`{"id":2,"children":[{"id":3}]}]`+"\n", read(id(1), id(2), id(3)))
	}
}
