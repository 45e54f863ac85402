package oracle

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// TestTableNamedLikeAnAlias reads a table that has the name of an alias, beside which
// two related tables are joined.
func TestTableNamedLikeAnAlias(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE grandparents (id int PRIMARY KEY, name text); INSERT INTO grandparents VALUES (1, 'g');
		CREATE TABLE parents (id int PRIMARY KEY, grandparent int REFERENCES grandparents); INSERT INTO parents VALUES (1, 1);
		CREATE TABLE e2 (id int PRIMARY KEY, parent int REFERENCES parents); INSERT INTO e2 VALUES (1, 1), (2, 1), (3, NULL);`)
	store := open(t, dbcontents.Config{ConnString: db.DSN, Aggregates: true})
	grandparents := dbcontents.Embed("grandparents", dbcontents.Columns("name")...)
	parents := dbcontents.Embed("parents", grandparents)
	grandparents.Embed.Spread, parents.Embed.Spread = true, true
	got := write(t, store, dbcontents.Query{
		Table: "e2", Format: dbcontents.NDJSON, Select: []dbcontents.Field{{Aggregate: dbcontents.AggregateCount}, parents},
		Order: []dbcontents.Order{{Column: "count"}},
	})
	checkText(t, "groups", `{"count":1,"name":null}`+"\n"+`{"count":2,"name":"g"}`+"\n", got)
}
