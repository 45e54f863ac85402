package oracle

import (
	"cmp"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

var (
	embedRequests = flag.Int("embeds", 600, "how many requests TestRandomEmbeds makes")
	embedSeed     = flag.Uint64("embedseed", 0, "a seed that TestRandomEmbeds is to use, and no other")
)

// referenceSQL makes a function that runs a statement in a time zone. Of an error it returns the SQLSTATE and the message.
const referenceSQL = `CREATE FUNCTION reference(zone text, statement text, counted text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE body text; total text;
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	EXECUTE statement INTO body;
	EXECUTE counted INTO total;
	RETURN ARRAY[body, total];
EXCEPTION WHEN OTHERS THEN RETURN ARRAY[SQLSTATE, SQLERRM];
END $$;`

// A randomEmbed is a request that reads related tables, and the SQL for its result.
type randomEmbed struct {
	query      dbcontents.Query
	root       *level
	sql, count string
	want       string
}

// TestRandomEmbeds runs random requests for related tables in random schemas. The
// results must be those of SQL that this package makes of the foreign keys that
// it has made itself: objects of scalar sub-selects. Half of the schemas are the same
// each time. For more requests, or for one schema again:
//
//	go test ./internal/oracle -run TestRandomEmbeds -embeds=5000
//	go test ./internal/oracle -run TestRandomEmbeds -embedseed=4711
func TestRandomEmbeds(t *testing.T) {
	t.Parallel()
	const each = 60
	now := uint64(time.Now().UnixNano())
	for i := range (*embedRequests + each - 1) / each {
		seed := uint64(i)
		if i%2 == 1 {
			seed = now + uint64(i)
		}
		if *embedSeed != 0 {
			seed = *embedSeed
		}
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { checkEmbeds(t, seed, each) }) || *embedSeed != 0 {
			break
		}
	}
}

func checkEmbeds(t *testing.T, seed uint64, n int) {
	w := makeWorld(seed)
	db := pgtest.New(t, withoutJIT, randomTypes, moreTypes, referenceSQL, w.sql.String())
	config := dbcontents.Config{ConnString: db.DSN, Aggregates: true, PoolSize: 1}
	if w.IntN(3) == 0 {
		config.MaxRows = 1 + w.Int64N(4)
	}
	if w.IntN(3) == 0 {
		config.MaxCost = 1e30 // every statement is explained
	}
	store := open(t, config)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	g := newEmbedGenerator(w, seed)
	g.cap = config.MaxRows
	if w.IntN(3) == 0 {
		store = store.As(g.session())
	}
	var last *randomEmbed
	var reference, read time.Duration
	failures := 0
	for i := range n {
		r := new(randomEmbed)
		if last != nil && g.IntN(4) == 0 {
			*r = *last
			g.change(r.root)
			r.query.Limit, r.query.Offset = r.root.limit, r.root.offset
		} else {
			r.query, r.root = g.request()
		}
		last = r
		begin := time.Now()
		r.ask(t, conn)
		asked := time.Now()
		got := embedResult(t, store, r)
		reference, read = reference+asked.Sub(begin), read+time.Since(asked)
		if got == r.want {
			checkPages(t, store, r)
			continue
		}
		at := 0
		for at < len(got) && at < len(r.want) && got[at] == r.want[at] {
			at++
		}
		from := max(0, at-60)
		t.Errorf("seed %d, request %d: %s\nexpected SQL: %s\ndiffers at %d\ngot  %.600s\nwant %.600s", seed, i, describeQuery(&r.query, r.root), r.sql, at, got[from:], r.want[from:])
		if failures++; failures == 3 {
			break
		}
	}
	t.Logf("%d requests; PostgreSQL took %v for the expected SQL, the Store %v", n, reference, read)
}

// withoutJIT keeps PostgreSQL from compiling statements, which takes longer than to run them.
const withoutJIT = `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$`

// ask makes the expected SQL, and runs it.
func (r *randomEmbed) ask(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	s := style{numbers: r.query.Output.NumbersAsStrings, plain: r.query.Format == dbcontents.CSV}
	r.sql, r.count = "SELECT "+r.root.json(s), "SELECT count(*)"+r.root.rows()
	if r.root.grouped {
		r.count = "SELECT count(*) FROM (" + strings.TrimSuffix(r.root.groupedRows(s), r.root.capped()) + ") AS c"
	}
	var result []string
	row := conn.QueryRow(t.Context(), "SELECT reference($1, $2, $3)", cmp.Or(r.query.TimeZone, "UTC"), r.sql, r.count)
	if err := row.Scan(&result); err != nil {
		t.Fatal(err)
	}
	if len(result[0]) == 5 && !strings.HasPrefix(result[0], "[") {
		t.Fatalf("the expected query is not valid: %s\n%s\n%s", result, r.sql, r.count)
	}
	r.want = "total " + result[1] + " "
	if r.query.Count != dbcontents.CountExact {
		r.want = "total 0 "
	}
	r.want += r.canonical(t, []byte(result[0]), r.query.Output.StripNulls)
}

// describeQuery is a request in words.
func describeQuery(q *dbcontents.Query, root *level) string {
	return fmt.Sprintf("%s of %s zone %q count %q %+v\n%s", q.Format, q.Table, q.TimeZone, q.Count, q.Output,
		describeLevel(&dbcontents.Related{Table: q.Table, Select: q.Select, Order: q.Order, Limit: q.Limit, Offset: q.Offset}, root, "  "))
}

func describeLevel(r *dbcontents.Related, l *level, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%q hint %q inner %t spread %t where %s order %+v limit %d offset %d\n", indent, r.Table, r.Hint, r.Inner, r.Spread, l.where(), r.Order, r.Limit, r.Offset)
	children := l.children()
	for _, f := range r.Select {
		if f.Embed == nil {
			fmt.Fprintf(&b, "%s  %+v\n", indent, f)
			continue
		}
		fmt.Fprintf(&b, "%s  alias %q:\n%s", indent, f.Alias, describeLevel(f.Embed, children[0], indent+"    "))
		children = children[1:]
	}
	return b.String()
}
