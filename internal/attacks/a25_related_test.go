package attacks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// relatedSQL has tables that are exposed, and relatedHiddenSQL what else there is. Of the
// partitions, only the name is another one.
const (
	relatedSQL = `
CREATE TABLE customers (id int PRIMARY KEY, name text, doc jsonb);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, parent_id int, note text, seller int);
CREATE TABLE items (order_id int REFERENCES orders, line int, name text, PRIMARY KEY (order_id, line));
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE order_tags (order_id int REFERENCES orders, tag_id int REFERENCES tags, PRIMARY KEY (order_id, tag_id));
CREATE TABLE readings (id int, order_id int REFERENCES orders) PARTITION BY LIST (id);
CREATE VIEW lines AS SELECT * FROM items;
INSERT INTO customers SELECT i, 'customer ' || i, '{"a": 1}' FROM generate_series(1, 4) i;
INSERT INTO orders SELECT i, i % 3 + 1, i, 'order ' || i, 1 FROM generate_series(1, 9) i;
INSERT INTO items SELECT i, line, 'item ' || line FROM generate_series(1, 9) i, generate_series(1, 2) line;
INSERT INTO tags SELECT i, 'tag ' || i FROM generate_series(1, 3) i;
INSERT INTO order_tags SELECT i, i % 3 + 1 FROM generate_series(1, 9) i;
`
	relatedHiddenSQL = `
CREATE TABLE canary_parent (id int PRIMARY KEY, canary_field text);
INSERT INTO canary_parent SELECT i, 'canaryvalue7' FROM generate_series(1, 9) i;
ALTER TABLE orders ADD CONSTRAINT canary_constraint FOREIGN KEY (parent_id) REFERENCES canary_parent;
CREATE TABLE canary_child (id int PRIMARY KEY, order_id int REFERENCES orders, customer_id int REFERENCES customers, canary_field text);
INSERT INTO canary_child SELECT i, i, 1, 'canaryvalue7' FROM generate_series(1, 9) i;
CREATE TABLE canary_single (id int PRIMARY KEY REFERENCES customers, canary_field text DEFAULT 'canaryvalue7');
INSERT INTO canary_single VALUES (1), (2);
CREATE TABLE canary_junction (order_id int REFERENCES orders, tag_id int REFERENCES tags, PRIMARY KEY (order_id, tag_id));
CREATE TABLE canary_between (customer_id int REFERENCES customers, tag_id int REFERENCES tags, PRIMARY KEY (customer_id, tag_id));
INSERT INTO canary_between VALUES (1, 1), (2, 2);
CREATE VIEW canary_view AS SELECT o.*, 'canaryvalue7' AS canary_field FROM orders o;
CREATE VIEW canary_ways AS SELECT customer_id, tag_id FROM canary_between;
CREATE SCHEMA canary_schema;
CREATE TABLE canary_schema.canary_far (id int PRIMARY KEY, order_id int REFERENCES public.orders, canary_field text DEFAULT 'canaryvalue7');
INSERT INTO canary_schema.canary_far VALUES (1, 1);
CREATE TABLE canary_schema.items (id int PRIMARY KEY, customer_id int REFERENCES public.customers, canary_field text DEFAULT 'canaryvalue7');
INSERT INTO canary_schema.items VALUES (1, 1);
CREATE TABLE canary_partition PARTITION OF readings DEFAULT;
CREATE FUNCTION canary_function(customers) RETURNS SETOF canary_child LANGUAGE sql STABLE AS 'SELECT * FROM canary_child WHERE customer_id = $1.id';
CREATE FUNCTION orders(customers) RETURNS SETOF canary_child LANGUAGE sql STABLE AS 'SELECT * FROM canary_child WHERE customer_id = $1.id';
CREATE FUNCTION customers(orders) RETURNS SETOF canary_parent ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM canary_parent LIMIT 1';
CREATE FUNCTION canary_forbidden(customers) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders';
REVOKE EXECUTE ON FUNCTION canary_forbidden FROM PUBLIC;
`
)

// relatedExposed are the tables that the programs expose, or let their callers read.
var relatedExposed = []string{"customers", "orders", "items", "tags", "order_tags", "readings", "lines"}

// relatedNames are hidden, or near to what is. The last ones are of the exposed tables.
var relatedNames = []string{
	"canary_parent", "canary_child", "canary_single", "canary_junction", "canary_between", "canary_view", "canary_ways", "canary_far", "canary_schema", "canary_schema.canary_far", "canary_partition",
	"canary_function", "canary_forbidden", "canary_constraint", "canary_field", "canary_child_order_id_fkey", "canary_child_customer_id_fkey", "canary_between_tag_id_fkey", "canary_single_pkey",
	"canary_chil", "anary_single", "canary_function_", "items", "orders", "customers", "parent_id", "customer_id", "order_id", "tag_id", "id",
}

// relatedPositions are where a name can stand in a request.
var relatedPositions = []string{
	"/{x}", "/{x}?select=*,orders(*)", "/customers?select={x}", "/customers?select=*,-{x}", "/customers?select={x}::text", "/customers?select=doc->{x}", "/customers?{x}=eq.1", "/customers?order={x}",
	"/customers?select=id,{x}(*)", "/customers?select={x}(id)", "/customers?select=id,a:{x}(*)", "/customers?select=id,...{x}(*)", "/customers?select=id,{x}!inner(*)", "/customers?select=id,{x}!inner()", "/customers?select=id,{x}!left(*)",
	"/customers?select=id,{x}(count)", "/customers?select=id,{x}(id.count())", "/customers?select=id,...{x}(id.max())", "/customers?select=id,{x}(canary_field)", "/customers?select=*,{x}(*),orders(*)",
	"/customers?select=id,orders!{x}(id)", "/customers?select=id,orders!{x}!inner(id)", "/customers?select=id,{x}!{x}(*)", "/customers?select=id,{x}!customer_id(*)", "/customers?select=id,tags!{x}(*)", "/customers?select=id,...tags!{x}(*)", "/customers?select=id,items!{x}(*)",
	"/orders?select=id,{x}(*)", "/orders?select=id,...{x}(*)", "/orders?select=id,{x}!inner(*)", "/orders?select=id,{x}!parent_id(*)", "/orders?select=id,customers!{x}(id)", "/orders?select=id,tags!{x}(id)", "/orders?select=id,items!{x}(line)", "/orders?select=id,orders!{x}(id)",
	"/tags?select=id,{x}(*)", "/tags?select=id,orders!{x}(id)", "/tags?select=id,customers!{x}(id)", "/readings?select=id,{x}(*)", "/lines?select=line,{x}(*)", "/items?select=line,{x}(*)",
	"/customers?select=id,orders(id,{x}(*))", "/customers?select=id,orders(id,...{x}(*))", "/customers?select=id,orders(id,{x}!inner(*))", "/customers?select=id,...orders(id,{x}(*))", "/items?select=line,orders(id,customers(id,{x}(*)))", "/customers?select=id,orders(id,tags!{x}(id))",
	"/customers?select=id,orders({x})", "/customers?select=id,orders(*,-{x})", "/customers?select=id,orders(a:{x}::text)", "/customers?select=id,orders({x}.max())", "/items?select=line,orders(id,customers({x}))",
	"/customers?select=id,orders(id)&{x}.id=eq.1", "/customers?select=id,orders(id)&{x}=is.null", "/customers?select=id,orders(id)&{x}=not.is.null", "/customers?select=id,orders(id)&orders.{x}=is.null", "/customers?select=id,orders(id)&orders.{x}.id=eq.1", "/customers?select=id,orders(id)&orders.{x}=eq.1",
	"/customers?select=id,orders(id)&or=({x}.is.null,id.eq.1)", "/customers?select=id,orders(id)&orders.or=({x}.is.null,id.eq.1)", "/customers?select=id,orders(id)&{x}.or=(id.eq.1,id.eq.2)", "/customers?select=id,orders(id)&{x}.count()=gt.0", "/customers?select=id,orders(id)&orders.{x}.count()=gt.0", "/customers?select=id,orders(id)&{x}.limit=1", "/customers?select=id,orders(id)&{x}.order=id",
	"/orders?select=id,customers(id)&order={x}(id)", "/orders?select=id,customers(id)&order=customers({x})", "/items?select=line,orders(id,customers(id))&orders.order={x}(id)", "/customers?select=id,orders(id)&orders.order={x}",
	"/customers?select=id,{x}(*)&{x}=is.null", "/customers?select=id,{x}(*)&{x}.id=eq.1", "/customers?select=id,{x}()&{x}=not.is.null", "/orders?select=id,{x}(*)&order={x}(canary_field)", "/customers?select=id,{x}(id)&{x}.count()=gte.1", "/customers?select=id,{x}(*)&or=({x}.is.null,id.eq.1)",
	"/customers?select=id,{x}:orders(id)&{x}=not.is.null", "/customers?select=id,orders:{x}(id)", "/customers?select=id,{x}:orders(id),orders:{x}(id)", "/orders?select=id,{x}:customers(id)&order={x}(id)", "/customers?select=id,{x}:orders(id)&{x}.canary_field=eq.1",
	"/customers?select=id,{x}(*)&limit=1&order=id", "/customers?select=id,{x}(*)&limit=1&after=AQ", "/customers?select=id,{x}(*)&format=csv", "/customers?select=id,{x}(*)&format=html", "/customers?select=id,{x}(*)&format=ndjson", "/customers?select={x}(id)&format=text", "/customers?select={x}(id)&format=binary",
}

// A relatedWorld is a database, and what programs make of it: by a list of tables, by
// what the role may read, and by what a session may.
type relatedWorld map[string]*rig

func newRelatedWorld(t *testing.T, db *pgtest.DB) relatedWorld {
	t.Helper()
	all := db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE", "GRANT USAGE ON SCHEMA public TO ROLE")
	some := db.Role("", "GRANT SELECT ON "+strings.Join(relatedExposed, ", ")+" TO ROLE")
	grants := map[string]dbcontents.Grant{}
	for _, name := range relatedExposed {
		grants[name] = dbcontents.Grant{}
	}
	session := func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{Tables: grants}, nil }
	return relatedWorld{
		"list":    build(t, db, dbcontents.Config{ConnString: all, Tables: relatedExposed, Aggregates: true}, httpapi.Options{}),
		"role":    build(t, db, dbcontents.Config{ConnString: some, Tables: []string{"customers"}, AllTables: true, Aggregates: true}, httpapi.Options{}),
		"session": build(t, db, dbcontents.Config{ConnString: all, Tables: []string{"customers"}, AllTables: true, Aggregates: true}, httpapi.Options{Session: session}),
	}
}

// What is not exposed does not exist: whatever a request embeds and wherever it names what,
// the response is that of a database that has nothing else.
func TestAttack25_HiddenRelationsAsIfAbsent(t *testing.T) {
	begin(t, 25)
	hiding := newRelatedWorld(t, pgtest.New(t, relatedSQL, relatedHiddenSQL))
	without := newRelatedWorld(t, pgtest.New(t, relatedSQL, "CREATE TABLE part PARTITION OF readings DEFAULT"))
	requests, found, differ := 0, 0, 0
	compare := func(on, method, path string, header ...string) {
		requests++
		there, absent := hiding[on].do(method, path, header...), without[on].do(method, path, header...)
		seen := there.steady()
		for _, name := range relatedNames {
			if strings.HasPrefix(name, "canary") {
				seen = strings.ReplaceAll(seen, name, "")
			}
		}
		if strings.Contains(seen, "canaryvalue") || there.steady() != absent.steady() {
			if differ++; differ <= 20 {
				t.Errorf("%s %s %s %v: %s\nand without what is hidden\n%s", on, method, path, header, there.text(), absent.text())
			}
		}
		if there.StatusCode == 200 {
			found++
		}
		if there.StatusCode >= 500 {
			t.Errorf("%s %s: %s", on, path, there.text())
		}
	}
	for on := range hiding {
		for _, position := range relatedPositions {
			for _, name := range relatedNames {
				path := "/dbcontents" + strings.ReplaceAll(position, "{x}", name)
				compare(on, http.MethodGet, path)
			}
			for _, name := range []string{"canary_child", "canary_parent", "canary_between"} {
				path := "/dbcontents" + strings.ReplaceAll(position, "{x}", name)
				compare(on, http.MethodHead, path)
				compare(on, http.MethodGet, path, "Accept", "text/html")
				compare(on, http.MethodGet, path, "Prefer", "count=exact")
				compare(on, http.MethodGet, path, "Prefer", "count=estimated", "Range", "0-1")
			}
		}
		for _, path := range []string{"/dbcontents", "/", "/nothing", "/canary_child"} {
			compare(on, http.MethodGet, path)
			compare(on, http.MethodOptions, path)
			compare(on, http.MethodGet, path, "Accept", "text/html")
		}
	}
	if found < 500 {
		t.Errorf("%d of %d requests found something", found, requests)
	}
}

// What the server is told names nothing that is hidden, but in parameters of look-ups.
func TestAttack25_StatementsNameNothingHidden(t *testing.T) {
	begin(t, 25)
	witness, err := pgtest.NewWitness(t.Context(), "zz_witness", "customers", relatedSQL, relatedHiddenSQL, "DROP FUNCTION canary_forbidden")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { witness.Stop() })
	store, err := dbcontents.Open(dbcontents.Config{ConnString: witness.DSN(pgtest.WitnessDatabase), Tables: relatedExposed, Aggregates: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	before, err := witness.Statements(t.Context(), pgtest.WitnessDatabase)
	if err != nil {
		t.Fatal(err)
	}
	r := serveStore(t, store, httpapi.Options{})
	for _, position := range relatedPositions {
		for _, name := range relatedNames {
			r.get("/dbcontents" + strings.ReplaceAll(position, "{x}", name))
		}
	}
	statements, err := witness.Statements(t.Context(), pgtest.WitnessDatabase)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements[len(before):] {
		if strings.Contains(statement, `"canary`) || strings.Contains(pgtest.Unquoted(statement), "canary") {
			t.Errorf("the server was told %s", statement)
		}
	}
	if len(statements)-len(before) < 100 {
		t.Errorf("%d statements only were seen", len(statements)-len(before))
	}
}
