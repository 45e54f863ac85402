package openapitest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// serve starts a server for a Store with this configuration.
func serve(t *testing.T, config dbcontents.Config, options httpapi.Options) *httptest.Server {
	t.Helper()
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpapi.New(store, options))
	t.Cleanup(func() {
		server.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// get reads a whole response, which must be a success.
func get(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %.1000s %v", url, response.Status, body, err)
	}
	return response, body
}

// shop has tables, views, functions and names of every kind.
const shop = `
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'so so', 'ha"ppy', '{x}', '', '😀'); CREATE TYPE nobody AS ENUM ();
CREATE TYPE place AS (street text, number numeric, mood mood, others text[]);
CREATE DOMAIN code AS varchar(8); CREATE DOMAIN home AS place;
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, code code, home home, places place[], mood mood NOT NULL, nobody nobody, doc jsonb, since timestamptz, born date, token uuid, bytes bytea, active bool);
CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, paid_by bigint REFERENCES customers (id), parent int REFERENCES orders, total numeric(12,2), weight real, tags text[], whole customers);
CREATE TABLE lines (order_id int REFERENCES orders, line int, PRIMARY KEY (order_id, line)); CREATE TABLE parts (o int, l int, FOREIGN KEY (o, l) REFERENCES lines);
CREATE VIEW open_orders AS SELECT id, total FROM orders; CREATE MATERIALIZED VIEW totals AS SELECT sum(total) FROM orders;
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at); CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "a/b" (id int); CREATE TABLE "{id}" ("{}" int, "select" int, "a.b" int, " x" int, "it's ""quoted""" int, "ü" int, r int4range);
CREATE TABLE "with space" (id int); CREATE TABLE "orderitems" (id int); CREATE TABLE "order_items" (id int); CREATE TABLE "OrderItems" (id int); CREATE TABLE "order-items" (id int);
CREATE TABLE "ü?#%2F" (id int); CREATE TABLE "rpc" (id int); CREATE TABLE "filter" (id int); CREATE TABLE "." (id int); CREATE TABLE nothing ();
CREATE TABLE other.orders (id int PRIMARY KEY REFERENCES orders); CREATE TABLE other.elsewhere (id int);
CREATE FUNCTION by_mood(m mood, minimum numeric DEFAULT 0, "filters" text DEFAULT '') RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders';
CREATE FUNCTION one() RETURNS customers LANGUAGE sql STABLE AS 'SELECT * FROM customers LIMIT 1';
CREATE FUNCTION tax(net numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT net * 1.19'; CREATE FUNCTION tax(net numeric, rate int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION many(VARIADIC ids int[]) RETURNS TABLE (a int, b text) LANGUAGE sql STABLE AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION "odd name"("a b" int, "select" int DEFAULT 1, doc json DEFAULT '{}') RETURNS json LANGUAGE sql STABLE AS 'SELECT doc';
`

var shopConfig = dbcontents.Config{AllTables: true, Tables: []string{"orders"}, Schemas: []string{"public", "other"}, Functions: []string{"by_mood", "one", "tax", "many", "odd name"}}
