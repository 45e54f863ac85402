package dbcontents_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

var nan, infinity = math.NaN(), math.Inf(1)

const shop = `
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN cents AS bigint;
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, mood mood);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric(10,2), placed timestamptz, paid cents,
	weight float8, tags text[], photo bytea, note json);
CREATE TABLE items (order_id int REFERENCES orders, line int, name text, PRIMARY KEY (order_id, line));
INSERT INTO customers VALUES (1, 'Ada', 'glad'), (2, 'Bob', 'sad'), (3, 'Cleo', NULL);
INSERT INTO orders VALUES
	(10, 1, 12.50, '2026-01-02 03:04:05+00', 1250, 'NaN', '{a,"b c"}', '\x00ff', '{"a": [1, null]}'),
	(11, 1, NULL, NULL, NULL, 1.5, NULL, NULL, NULL),
	(12, 2, 7, '2026-02-02 00:00:00+00', 700, 'Infinity', '{}', '', '"x"'),
	(13, NULL, 1, NULL, 100, 0, NULL, NULL, 'null');
INSERT INTO items VALUES (10, 1, 'pen'), (10, 2, 'ink'), (12, 1, 'cup');`

type item struct {
	Line int
	Name string
}

type order struct {
	ID     int
	Total  *string
	Placed *time.Time
	Paid   *int64
	Weight float64
	Tags   []string
	Photo  []byte
	Note   json.RawMessage
	Items  []*item
}

type customer struct {
	Name   string
	Mood   *string
	Orders []order
}

func TestCollectRelated(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true}, shop)
	sorted := func(f dbcontents.Field, column string) dbcontents.Field {
		f.Embed.Order = []dbcontents.Order{{Column: column}}
		return f
	}
	items := sorted(dbcontents.Embed("items", dbcontents.Columns("line", "name")...), "line")
	orders := sorted(dbcontents.Embed("orders", append(dbcontents.Columns("id", "total", "placed", "paid", "weight", "tags", "photo", "note"), items)...), "id")
	rows, err := s.Query(t.Context(), dbcontents.Query{
		Table: "customers", Select: append(dbcontents.Columns("name", "mood"), orders), Order: []dbcontents.Order{{Column: "id"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dbcontents.Collect[customer](rows)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	number := func(n int64) *int64 { return &n }
	first, second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)
	want := []customer{
		{"Ada", text("glad"), []order{
			{ID: 10, Total: text("12.50"), Placed: &first, Paid: number(1250), Weight: nan, Tags: []string{"a", "b c"}, Photo: []byte{0, 255}, Note: []byte(`{"a": [1, null]}`), Items: []*item{{1, "pen"}, {2, "ink"}}},
			{ID: 11, Weight: 1.5, Items: []*item{}},
		}},
		{"Bob", text("sad"), []order{{ID: 12, Total: text("7.00"), Placed: &second, Paid: number(700), Weight: infinity, Tags: []string{}, Photo: []byte{}, Note: []byte(`"x"`), Items: []*item{{1, "cup"}}}}},
		{"Cleo", nil, []order{}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b }), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A to-one leads to a struct or to a pointer; a spread of many rows to slices.
func TestCollectRelatedForms(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true}, shop)
	spread := dbcontents.Embed("items", dbcontents.Columns("line", "name")...)
	spread.Embed.Spread = true
	spread.Embed.Order = []dbcontents.Order{{Column: "line", Desc: true}}
	rows, err := s.Query(t.Context(), dbcontents.Query{
		Table: "orders", Order: []dbcontents.Order{{Column: "id"}},
		Select: append(dbcontents.Columns("id", "tags", "note"), dbcontents.Embed("customers", dbcontents.Columns("name", "mood")...),
			dbcontents.Field{Alias: "by", Embed: &dbcontents.Related{Table: "customers"}}, dbcontents.Field{Alias: "raw", Embed: &dbcontents.Related{Table: "customers"}}, spread),
	})
	if err != nil {
		t.Fatal(err)
	}
	type person struct {
		Name string `db:"name"`
		Mood *string
	}
	type record struct {
		ID        int
		Tags      []string
		Note      json.RawMessage
		Customers *person
		By        person
		Raw       map[string]any
		Line      []int
		Name      []string
	}
	got, err := dbcontents.Collect[record](rows)
	if err != nil {
		t.Fatal(err)
	}
	glad, sad := "glad", "sad"
	ada, bob := person{"Ada", &glad}, person{"Bob", &sad}
	rawAda, rawBob := map[string]any{"id": 1.0, "name": "Ada", "mood": "glad"}, map[string]any{"id": 2.0, "name": "Bob", "mood": "sad"}
	want := []record{
		{10, []string{"a", "b c"}, []byte(`{"a": [1, null]}`), &ada, ada, rawAda, []int{2, 1}, []string{"ink", "pen"}},
		{11, nil, nil, &ada, ada, rawAda, []int{}, []string{}},
		{12, []string{}, []byte(`"x"`), &bob, bob, rawBob, []int{1}, []string{"cup"}},
		{13, nil, []byte("null"), nil, person{}, nil, []int{}, []string{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// As Go values, related rows are JSON.
func TestValuesOfRelated(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true}, shop)
	spread := dbcontents.Embed("items", dbcontents.Columns("line", "name")...)
	spread.Embed.Spread = true
	rows, err := s.Query(t.Context(), dbcontents.Query{
		Table: "orders", Order: []dbcontents.Order{{Column: "id"}}, Where: dbcontents.Where("id", dbcontents.OpIn, []int{12, 13}),
		Select: []dbcontents.Field{{Column: "id"}, dbcontents.Embed("customers", dbcontents.Columns("name")...), spread, dbcontents.Embed("items", dbcontents.Columns("line")...)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range rows.Columns() {
		columns = append(columns, c.Name+" "+c.Type)
	}
	var got [][]any
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		values, err := row.Values()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, values)
	}
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	want := [][]any{
		{int64(12), raw(`{"name":"Bob"}`), raw(`[1]`), raw(`["cup"]`), raw(`[{"line":1}]`)},
		{int64(13), nil, raw(`[]`), raw(`[]`), raw(`[]`)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"id integer", "customers json", "line json", "name json", "items json"}, columns); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Config.MaxRows bounds the related rows of each row, at each level, and says so.
func TestMaxRowsOfRelated(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true, MaxRows: 2}, shop, `INSERT INTO items VALUES (10, 3, 'nib'), (12, 2, 'mug')`)
	nested := dbcontents.Embed("orders", append(dbcontents.Columns("id"), dbcontents.Embed("items", dbcontents.Columns("line")...))...)
	nested.Embed.Order = []dbcontents.Order{{Column: "id"}}
	nested.Embed.Select[1].Embed.Order = []dbcontents.Order{{Column: "line"}}
	for _, tt := range []struct {
		id    int
		limit int64
		want  string
		cut   bool
	}{
		{1, 0, `[{"orders":[{"id":10,"items":[{"line":1},{"line":2}]},{"id":11,"items":[]}]}]`, true},
		{1, 1, `[{"orders":[{"id":10,"items":[{"line":1}]},{"id":11,"items":[]}]}]`, false},
		{2, 0, `[{"orders":[{"id":12,"items":[{"line":1},{"line":2}]}]}]`, false},
		{2, 5, `[{"orders":[{"id":12,"items":[{"line":1},{"line":2}]}]}]`, false},
		{1, 5, `[{"orders":[{"id":10,"items":[{"line":1},{"line":2}]},{"id":11,"items":[]}]}]`, true},
	} {
		nested.Embed.Select[1].Embed.Limit = tt.limit
		q := dbcontents.Query{Table: "customers", Select: []dbcontents.Field{nested}, Where: dbcontents.Where("id", "eq", tt.id), Format: dbcontents.JSON}
		rows, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := rows.WriteTo(&got); err != nil || got.String() != tt.want+"\n" || rows.Truncated() != tt.cut {
			t.Errorf("customer %d, limit %d: %v %s, truncated %v; want %s", tt.id, tt.limit, err, got.String(), rows.Truncated(), tt.want)
		}
		q.Format = ""
		if rows, err = s.Query(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		all, err := dbcontents.Collect[customer](rows)
		if err != nil || rows.Truncated() != tt.cut || len(all) != 1 || len(all[0].Orders[0].Items) > 2 {
			t.Errorf("customer %d, limit %d: collected %v %+v, truncated %v", tt.id, tt.limit, err, all, rows.Truncated())
		}
	}
}

// Store.Related finds what a Query would, and refuses what it would refuse.
func TestStoreRelated(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"customers", "orders"}}, shop)
	orders, err := s.Table(t.Context(), "", "orders")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"customers": "public.customers", "customer_id": "public.customers", "items": "", "order": ""} {
		found, err := s.Related(t.Context(), orders, &dbcontents.Related{Table: name}, nil)
		switch {
		case want == "" && (!errors.Is(err, dbcontents.ErrInvalid) || found != nil):
			t.Errorf("%s: %v, %v", name, found, err)
		case want != "" && (err != nil || found.String() != want):
			t.Errorf("%s: %v, %v; want %s", name, found, err, want)
		}
	}
	q := dbcontents.Query{Table: "orders", Select: []dbcontents.Field{dbcontents.Embed("customers")}}
	q.Select[0].Embed.Target = orders
	if _, err := s.Query(t.Context(), q); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("an embed that leads to another table than was meant: %v", err)
	}
}

// A column of a related table that has got another type is read after one failure, also as Go values.
func TestRelatedColumnRetyped(t *testing.T) {
	t.Parallel()
	s, db := open(t, dbcontents.Config{AllTables: true}, shop)
	values := func() (any, error) {
		q := dbcontents.Query{Table: "orders", Select: []dbcontents.Field{dbcontents.Embed("items", dbcontents.Columns("line")...)}, Where: dbcontents.Where("id", "eq", 12)}
		rows, err := s.Query(t.Context(), q)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		rows.Next()
		got, err := rows.Values()
		if err != nil {
			return nil, err
		}
		return string(got[0].(json.RawMessage)), nil
	}
	if got, err := values(); err != nil || got != `[{"line":1}]` {
		t.Fatalf("%v, %v", got, err)
	}
	db.Exec("ALTER TABLE items ALTER line TYPE text")
	if got, err := values(); err == nil {
		t.Errorf("%v after the change", got)
	}
	if got, err := values(); err != nil || got != `[{"line":"1"}]` {
		t.Errorf("%v, %v", got, err)
	}
}
