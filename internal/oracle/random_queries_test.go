package oracle

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// expectSQL makes a function that runs a statement. It returns the rows as JSON
// and the count, or the SQLSTATE and the message of the error.
const expectSQL = `CREATE FUNCTION expect(zone text, statement text, counted text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE body text; total text;
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	EXECUTE 'SELECT coalesce(json_agg(r), ''[]'')::text FROM (' || statement || ') r' INTO body;
	EXECUTE counted INTO total;
	RETURN ARRAY[body, total];
EXCEPTION WHEN OTHERS THEN RETURN ARRAY[SQLSTATE, SQLERRM];
END $$;`

// A randomQuery is a Query, and the same query in SQL.
type randomQuery struct {
	query      dbcontents.Query
	sql, count string // the SQL for its rows and for its count

	// What PostgreSQL returned: rows as JSON, or the SQLSTATE of an error.
	body, state string

	want, got string
}

// TestRandomQueries runs ten thousand random queries on random tables. The results
// must be those of SQL that this package writes for the same queries.
func TestRandomQueries(t *testing.T) {
	t.Parallel()
	const tables, each = 20, 500
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	db := pgtest.New(t, randomTypes, expectSQL)
	var made []*randomTable
	var sql strings.Builder
	for i := range tables {
		table, create := makeRandomTable(random, i)
		made = append(made, table)
		sql.WriteString(create)
	}
	db.Exec(sql.String())
	store := open(t, dbcontents.Config{ConnString: db.DSN, Aggregates: true, PoolSize: 2})

	var refused, empty int
	for _, table := range made {
		g := &generator{Rand: random, table: table}
		queries := make([]*randomQuery, each)
		for i := range queries {
			queries[i] = g.query()
		}
		askPostgres(t, db, queries)
		askStore(t, store, queries)
		for _, q := range queries {
			if q.state != "" {
				refused++
			} else if q.body == "[]" {
				empty++
			}
			if q.got != q.want {
				t.Errorf("%+v\nin SQL: %s\ngot  %s\nwant %s", q.query, q.sql, q.got, q.want)
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d queries, %d of them refused, %d without rows", tables*each, refused, empty)
}

// askPostgres runs the SQL of the queries.
func askPostgres(t *testing.T, db *pgtest.DB, queries []*randomQuery) {
	t.Helper()
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	var zones, statements, counts []string
	for _, q := range queries {
		zones, statements, counts = append(zones, cmp.Or(q.query.TimeZone, "UTC")), append(statements, q.sql), append(counts, q.count)
	}
	rows, err := conn.Query(t.Context(), "SELECT expect(z, s, c) FROM unnest($1::text[], $2::text[], $3::text[]) AS u (z, s, c)", zones, statements, counts)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; rows.Next(); i++ {
		var result []string
		if err := rows.Scan(&result); err != nil {
			t.Fatal(err)
		}
		q := queries[i]
		if len(result[0]) == 5 && result[0][0] != '[' {
			q.state, q.want = result[0], "refused with "+result[0]
			if slices.Contains([]string{"42601", "42P01", "42703"}, q.state) {
				t.Fatalf("the expected query is not valid SQL: %s: %s", q.sql, result[1])
			}
			continue
		}
		q.body = compact(t, result[0])
		q.want = "total " + result[1] + " " + q.body
		if q.query.Count == "" {
			q.want = "total 0 " + q.body
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// askStore runs the queries in a Store, on two connections.
func askStore(t *testing.T, store *dbcontents.Store, queries []*randomQuery) {
	var readers sync.WaitGroup
	for part := range slices.Chunk(queries, (len(queries)+1)/2) {
		readers.Go(func() {
			for _, q := range part {
				q.got = result(t, store, q.query)
			}
		})
	}
	readers.Wait()
}

// result is the outcome of a query, in the form of randomQuery.want.
func result(t *testing.T, store *dbcontents.Store, q dbcontents.Query) string {
	rows, err := store.Query(t.Context(), q)
	var b bytes.Buffer
	var total int64
	if err == nil {
		total, _ = rows.Total()
		_, err = rows.WriteTo(&b)
	}
	var e *dbcontents.Error
	switch {
	case errors.As(err, &e) && errors.Is(err, dbcontents.ErrInvalid):
		return "refused with " + e.SQLState
	case err != nil:
		return err.Error()
	}
	return fmt.Sprintf("total %d %s", total, compact(t, b.String()))
}

// A generator makes random queries of a table.
type generator struct {
	*rand.Rand
	table *randomTable
	wrong bool // the query has an invalid value; of two, PostgreSQL could report either
}

// pick returns a random element.
func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// query returns a random query on the table.
func (g *generator) query() *randomQuery {
	g.wrong = false
	q := &randomQuery{query: dbcontents.Query{Table: g.table.name, Format: dbcontents.JSON}}
	if g.IntN(4) == 0 {
		q.query.TimeZone = pick(g, []string{"Asia/Kathmandu", "America/St_Johns", "UTC"})
	}
	where := "true"
	if g.IntN(10) > 0 {
		q.query.Where, where = g.condition(3)
	}
	list, group, order := "", "", "id"
	if g.IntN(8) == 0 {
		list, group, order = g.aggregates(&q.query)
	} else {
		list = g.list(&q.query)
		order = g.order(&q.query)
	}
	from := " FROM " + sqlName(g.table.name) + " WHERE " + where
	q.count = "SELECT count(*)" + from
	if group != "" {
		from += " GROUP BY " + group
		q.count = "SELECT count(*) FROM (SELECT 1" + from + ") g"
	}
	if g.IntN(3) == 0 {
		q.query.Count = "exact"
	}
	q.sql = "SELECT " + list + from + " ORDER BY " + order
	if g.IntN(3) == 0 {
		q.query.Limit = 1 + g.Int64N(10)
		q.sql += fmt.Sprint(" LIMIT ", q.query.Limit)
	}
	if g.IntN(4) == 0 {
		q.query.Offset = g.Int64N(5)
		q.sql += fmt.Sprint(" OFFSET ", q.query.Offset)
	}
	return q
}
