package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// relatedSQL is customers with five orders each, six columns in both.
const relatedSQL = `
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text, since date, credit numeric(12,2), active boolean);
INSERT INTO customers SELECT i, 'customer number ' || i, 'city ' || i %% 1000, date '2020-01-01' + i %% 2000, i * 1.25, i %% 3 = 0 FROM generate_series(1, %[1]d) i;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric(12,2), placed timestamptz, state text, note text);
INSERT INTO orders SELECT i, 1 + (i * 7919::bigint) %% %[1]d, i * 0.75, timestamptz '2024-01-01Z' + i * interval '1 min', 'state ' || i %% 5, 'a note about order ' || i
	FROM generate_series(1, 5 * %[1]d) i;
CREATE INDEX ON orders (customer_id, id);
GRANT SELECT ON customers, orders TO PUBLIC`

// A relatedCase is one read of related tables, by each who can do it.
type relatedCase struct {
	name string
	ways []relatedWay
}

// A relatedWay reads once and gives the number of bytes of JSON, or of values for a drain.
type relatedWay struct {
	name string
	run  func(ctx context.Context) (int64, error)
}

// relatedMode measures reads of related tables in this process, without HTTP.
func relatedMode(ctx context.Context, o options) error {
	db, err := openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.close()
	customers := int64(100_000)
	if o.quick {
		customers = 2_000
	}
	progress("making %d customers with five orders each", customers)
	for _, sql := range []string{fmt.Sprintf(relatedSQL, customers), "VACUUM ANALYZE customers, orders"} {
		if _, err := db.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.dsn, AllTables: true})
	if err != nil {
		return err
	}
	defer store.Close()
	pool, err := pgxpool.New(ctx, db.dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	fmt.Printf("%d customers with five orders each; medians of %d rounds in random order\n\n", customers, o.rounds)
	fmt.Println("| read | by | ms | spread | x drain | MB |")
	fmt.Println("|---|---|---:|---:|---:|---:|")
	cases, err := relatedCases(ctx, store, pool, customers)
	if err != nil {
		return err
	}
	for _, c := range cases {
		progress("%s", c.name)
		if err := c.measure(ctx, o.rounds); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return relatedMemory(ctx, o)
}

func (c *relatedCase) measure(ctx context.Context, rounds int) error {
	times, sizes := make([][]time.Duration, len(c.ways)), make([]int64, len(c.ways))
	for round := range rounds + 1 {
		for _, i := range rand.Perm(len(c.ways)) {
			start := time.Now()
			n, err := c.ways[i].run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", c.ways[i].name, err)
			}
			if sizes[i] = n; round > 0 { // the first one warms up
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	drain := middle(times[0])
	for i := range c.ways {
		fmt.Printf("| %s | %s | %.1f | %.1f to %.1f | %.2f | %.1f |\n", c.name, c.ways[i].name, milliseconds(middle(times[i])),
			milliseconds(slices.Min(times[i])), milliseconds(slices.Max(times[i])), float64(middle(times[i]))/float64(drain), float64(sizes[i])/1e6)
	}
	return nil
}

func middle(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func relatedCases(ctx context.Context, store *dbcontents.Store, pool *pgxpool.Pool, customers int64) ([]relatedCase, error) {
	many := dbcontents.Query{Table: "customers", Select: []dbcontents.Field{{}, dbcontents.Embed("orders")}, Format: dbcontents.JSON}
	one := dbcontents.Query{Table: "orders", Select: []dbcontents.Field{{}, dbcontents.Embed("customers")}, Format: dbcontents.JSON}
	whole := func(name string, q dbcontents.Query, statement, aggregate string, hand func(context.Context, io.Writer) error) relatedCase {
		return relatedCase{name, []relatedWay{
			{"drain of the same statement", drained(pool, statement, binary)},
			{"dbcontents", ours(store, q)},
			{"drain of both tables", drained(pool, "SELECT * FROM customers; SELECT * FROM orders", binary)},
			{"PostgREST's form, one value", drained(pool, aggregate, nil)},
			{"two queries and maps by hand", byHand(hand)},
		}}
	}
	cases := []relatedCase{
		whole("customers with their orders", many, oursMany, postgrestForm(manySQL, ""), func(ctx context.Context, w io.Writer) error { return handMany(ctx, pool, w) }),
		whole("orders with their customer", one, oursOne, postgrestForm(oneSQL, ""), func(ctx context.Context, w io.Writer) error { return handOne(ctx, pool, w) }),
	}
	for _, page := range []int64{1, 400} {
		offset := (page - 1) * 50
		if offset >= customers {
			continue
		}
		limits := fmt.Sprintf(" ORDER BY id LIMIT 50 OFFSET %d", offset)
		q := many
		q.Order, q.Limit, q.Offset = []dbcontents.Order{{Column: "id"}}, 50, offset
		c := relatedCase{fmt.Sprintf("page %d of 50 customers with their orders", page), []relatedWay{
			{"drain of the customers", drained(pool, "SELECT * FROM customers"+limits, binary)},
			{"dbcontents, by offset", ours(store, q)},
			{"PostgREST's form, one value", drained(pool, postgrestForm(manySQL, limits), nil)},
		}}
		if page > 1 {
			token, err := tokenOf(ctx, store, q)
			if err != nil {
				return nil, err
			}
			q.Offset, q.After = 0, token
			c.ways = append(c.ways, relatedWay{"dbcontents, by token", ours(store, q)})
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// tokenOf leads to the page of q, which begins at an offset.
func tokenOf(ctx context.Context, store *dbcontents.Store, q dbcontents.Query) (string, error) {
	q.Offset, q.Pages, q.Select = q.Offset-q.Limit, true, nil
	rows, err := store.Query(ctx, q)
	if err != nil {
		return "", err
	}
	if _, err := rows.WriteTo(io.Discard); err != nil {
		return "", err
	}
	return rows.NextPage(), nil
}

// ours reads by the library, and writes to nobody.
func ours(store *dbcontents.Store, q dbcontents.Query) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		rows, err := store.Query(ctx, q)
		if err != nil {
			return 0, err
		}
		return rows.WriteTo(io.Discard)
	}
}

// drained runs statements and drops what they give.
func drained(pool *pgxpool.Pool, sql string, formats []int16) func(context.Context) (int64, error) {
	return func(ctx context.Context) (n int64, err error) {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return 0, err
		}
		defer conn.Release()
		for statement := range strings.SplitSeq(sql, "; ") {
			r := conn.Conn().PgConn().ExecParams(ctx, statement, nil, nil, nil, formats)
			for r.NextRow() {
				for _, v := range r.Values() {
					n += int64(len(v))
				}
			}
			if _, err := r.Close(); err != nil {
				return n, err
			}
		}
		return n, nil
	}
}

// binary is the form of all values.
var binary = []int16{1}

// The statements of dbcontents for the whole tables.
const (
	oursMany = `SELECT t.c1, t.c2, t.c3, t.c4, t.c5, t.c6, (SELECT array_agg(record_send(ROW(e.id, e.customer_id, e.total, e.placed, e.state, e.note))) FROM orders e WHERE t.c1 = e.customer_id)
		FROM (SELECT id AS c1, name AS c2, city AS c3, since AS c4, credit AS c5, active AS c6 FROM customers) t`
	oursOne = `SELECT t.c1, t.c2, t.c3, t.c4, t.c5, t.c6, CASE WHEN e.id IS NOT NULL THEN true END, e.id, e.name, e.city, e.since, e.credit, e.active
		FROM (SELECT id AS c1, customer_id AS c2, total AS c3, placed AS c4, state AS c5, note AS c6 FROM orders) t LEFT JOIN customers e ON t.c2 = e.id`
)

// What PostgREST asks, see "How PostgREST makes SQL" in its documentation of embedding: the
// embed as jsonb of a lateral join, and all rows as one value.
const (
	manySQL = `SELECT t.*, coalesce(o.o, '[]') AS orders FROM customers t LEFT JOIN LATERAL (
		SELECT json_agg(o)::jsonb AS o FROM (SELECT * FROM orders WHERE orders.customer_id = t.id) o) o ON true`
	oneSQL = `SELECT t.*, row_to_json(c.*)::jsonb AS customers FROM orders t LEFT JOIN LATERAL (
		SELECT * FROM customers WHERE customers.id = t.customer_id) c ON true`
)

func postgrestForm(sql, limits string) string {
	return "WITH source AS (" + sql + limits + ") SELECT pg_catalog.count(s), coalesce(json_agg(s), '[]')::text FROM (SELECT * FROM source) s"
}

// byHand writes to memory, as a handler does that must know whether all went well.
func byHand(write func(context.Context, io.Writer) error) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		var b bytes.Buffer
		err := write(ctx, &b)
		return int64(b.Len()), err
	}
}

func rowMaps(ctx context.Context, pool *pgxpool.Pool, sql string) ([]map[string]any, error) {
	rows, err := pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToMap)
}

func handMany(ctx context.Context, pool *pgxpool.Pool, w io.Writer) error {
	customers, err := rowMaps(ctx, pool, "SELECT * FROM customers")
	orders, failed := rowMaps(ctx, pool, "SELECT * FROM orders")
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	of := map[any][]map[string]any{}
	for _, o := range orders {
		of[o["customer_id"]] = append(of[o["customer_id"]], o)
	}
	for _, c := range customers {
		c["orders"] = of[c["id"]]
	}
	return json.NewEncoder(w).Encode(customers)
}

func handOne(ctx context.Context, pool *pgxpool.Pool, w io.Writer) error {
	orders, err := rowMaps(ctx, pool, "SELECT * FROM orders")
	customers, failed := rowMaps(ctx, pool, "SELECT * FROM customers")
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	by := map[any]map[string]any{}
	for _, c := range customers {
		by[c["id"]] = c
	}
	for _, o := range orders {
		o["customers"] = by[o["customer_id"]]
	}
	return json.NewEncoder(w).Encode(orders)
}
