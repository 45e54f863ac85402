package attacks

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// relatedColumnsSQL hides columns of every table. Two of them are foreign keys.
const relatedColumnsSQL = `
CREATE TABLE sellers (id int PRIMARY KEY, name text, canary_column text DEFAULT 'canaryvalue7');
CREATE TABLE customers (id int PRIMARY KEY, name text, canary_column text DEFAULT 'canaryvalue7');
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, note text, canary_column text DEFAULT 'canaryvalue7', canary_key int DEFAULT 1 CONSTRAINT seller REFERENCES sellers);
CREATE TABLE items (order_id int REFERENCES orders, line int, name text, canary_column text DEFAULT 'canaryvalue7', PRIMARY KEY (order_id, line));
CREATE TABLE order_tags (order_id int REFERENCES orders, canary_column int, tag_id int, PRIMARY KEY (order_id, tag_id));
CREATE TABLE tags (id int PRIMARY KEY, name text, canary_column text DEFAULT 'canaryvalue7');
ALTER TABLE order_tags ADD FOREIGN KEY (tag_id) REFERENCES tags;
CREATE TABLE trips (id int PRIMARY KEY, canary_from int CONSTRAINT starts REFERENCES tags, canary_to int CONSTRAINT ends REFERENCES tags);
INSERT INTO sellers VALUES (1, 'seller'); INSERT INTO customers SELECT i, 'customer ' || i FROM generate_series(1, 3) i;
INSERT INTO orders SELECT i, i % 3 + 1, 'order ' || i FROM generate_series(1, 9) i; INSERT INTO items SELECT i, 1, 'item' FROM generate_series(1, 9) i;
INSERT INTO tags SELECT i, 'tag ' || i FROM generate_series(1, 3) i; INSERT INTO order_tags SELECT i, i, i % 3 + 1 FROM generate_series(1, 9) i; INSERT INTO trips VALUES (1, 1, 2);
CREATE FUNCTION canary_computed(orders) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.canary_column';
CREATE FUNCTION canary_computed(customers) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.canary_column';
`

var relatedColumns = map[string][]string{
	"sellers": {"id", "name"}, "customers": {"id", "name"}, "orders": {"id", "customer_id", "note"}, "items": {"order_id", "line", "name"}, "order_tags": {"order_id", "tag_id"}, "tags": {"id", "name"}, "trips": {"id"},
}

// columnPositions are where the name of a column can stand.
var columnPositions = []string{
	"/orders?select={x}", "/orders?select={x}(*)", "/orders?select=id,{x}(*)", "/orders?select=id,...{x}(*)", "/orders?select=id,sellers!{x}(*)", "/orders?select=id,sellers!{x}!inner(*)", "/orders?select=id,customers!{x}(*)", "/orders?select=id,{x}!seller(*)", "/orders?select=id,tags!{x}(*)",
	"/sellers?select=id,orders!{x}(id)", "/sellers?select=id,{x}(id)", "/sellers?select=id,orders({x})", "/sellers?select=id,orders(id,{x}(*))", "/sellers?select=id,orders(id,sellers!{x}(*))", "/trips?select=id,tags!{x}(*)", "/trips?select=id,{x}(*)", "/tags?select=id,trips!{x}(*)",
	"/customers?select=id,orders({x})", "/customers?select=id,orders(*,{x})", "/customers?select=id,orders(*,-{x})", "/customers?select=id,orders(a:{x})", "/customers?select=id,orders({x}::text)", "/customers?select=id,orders({x}->a)", "/customers?select=id,orders({x}.max())", "/customers?select=id,orders({x},count())", "/customers?select=id,...orders({x})", "/customers?select=id,orders!inner({x})",
	"/customers?select=id,orders(id)&orders.{x}=eq.1", "/customers?select=id,orders(id)&orders.{x}=is.null", "/customers?select=id,orders!inner()&orders.{x}=not.is.null", "/customers?select=id,orders(id)&orders.or=({x}.eq.1,id.eq.1)", "/customers?select=id,orders(id)&orders.{x}->>a=eq.1", "/customers?select=id,orders(id)&orders=not.is.null&orders.{x}=eq.1", "/customers?select=id,orders(id)&orders.count()=gt.0&orders.{x}=match.x",
	"/customers?select=id,orders(id)&orders.order={x}", "/customers?select=id,orders(id)&orders.order={x}.desc.nullslast&orders.limit=1", "/customers?select=id,orders(id)&{x}=eq.1", "/customers?select=id,orders(id)&order={x}", "/customers?select=id,orders(id)&or=({x}.is.null,orders.is.null)",
	"/items?select=line,orders({x})", "/items?select=line,orders(customers({x}))", "/items?select=line,...orders({x})", "/items?select=line,...orders(...customers({x}))", "/items?select=line,...orders({x}.max())", "/items?select=line,orders(id)&order=orders({x})", "/items?select=line,...orders()&order=orders({x}).desc", "/items?select=line,orders(id,customers(id))&orders.order=customers({x})",
	"/items?select=line,orders(id,customers(id))&orders.customers.{x}=eq.1", "/items?select=line,orders!inner(id,customers!inner(id))&orders.customers.{x}=eq.canaryvalue7", "/customers?select=id,orders(id,items({x}))", "/customers?select=id,orders(id,items(*,-{x}))", "/customers?select=id,orders(id,items(line))&orders.items.{x}=eq.1", "/customers?select=id,orders(id,items(line))&orders.items.order={x}",
	"/orders?select=id,tags({x})", "/orders?select=id,tags(id)&tags.{x}=eq.1", "/orders?select=id,order_tags({x})", "/orders?select=id,order_tags(tag_id,...tags({x}))", "/orders?select=id,order_tags(tag_id)&order_tags.{x}=eq.1", "/orders?select=id,tags!order_tags(id)&tags.order={x}",
	"/orders?select={x}:customers(id)&{x}=eq.1", "/orders?select=id,{x}:customers(id)&{x}.id=eq.1", "/orders?select=id,{x}:customers(id)&order={x}", "/orders?select=id,{x}:customers(id)&{x}=not.is.null", "/orders?select=id,{x}:customers(id)&order={x}(id)", "/orders?select=id,{x}:customers(id)&{x}=gt.0", "/orders?select={x},{x}:customers(id)",
	"/items?select=line,orders(id,{x}:customers(id))&orders.{x}=eq.1", "/orders?select=id,sellers(id)&limit=1&order={x}&after=AQ",
}

// A column outside of a list of columns does not exist at any level, whoever made the list.
// Rows are joined by it all the same.
func TestAttack25_HiddenColumnsAsIfAbsent(t *testing.T) {
	begin(t, 25)
	db := pgtest.New(t, relatedColumnsSQL)
	access, grants := map[string]httpapi.Access{}, map[string]dbcontents.Grant{}
	for table, columns := range relatedColumns {
		access[table], grants[table] = httpapi.Access{Columns: columns}, dbcontents.Grant{Columns: columns}
	}
	config := dbcontents.Config{AllTables: true, Aggregates: true, PoolSize: 2}
	session := func(*http.Request) (dbcontents.Session, error) { return dbcontents.Session{Tables: grants}, nil }
	some := "GRANT SELECT ("
	var privileges []string
	for table, columns := range relatedColumns {
		if table == "orders" {
			columns = append(columns[:3:3], "canary_key") // PostgreSQL itself wants it for a join
		} else if table == "trips" {
			columns = append(columns[:1:1], "canary_from", "canary_to")
		}
		privileges = append(privileges, some+strings.Join(columns, ", ")+") ON "+table+" TO ROLE")
	}
	byRole := config
	byRole.ConnString = db.Role("", privileges...)
	rigs := map[string]*rig{
		"access": build(t, db, config, httpapi.Options{Access: access}), "session": build(t, db, config, httpapi.Options{Session: session}), "role": build(t, db, byRole, httpapi.Options{}),
	}
	requests := 0
	for on, r := range rigs {
		for _, position := range columnPositions {
			for _, hidden := range []string{"canary_column", "canary_key", "canary_computed", "canary_from"} {
				if on == "role" && hidden != "canary_column" {
					continue // it may read the keys, and a whole row would be needed for the other
				}
				for _, header := range [][]string{nil, {"Accept", "text/html"}, {"Accept", "text/csv", "Prefer", "count=exact"}} {
					answer := func(method, name string) string {
						requests++
						a := r.do(method, "/dbcontents"+strings.ReplaceAll(position, "{x}", name), header...)
						a.Header.Del("Etag")
						if a.StatusCode >= 500 || strings.Contains(a.body, "canaryvalue") && !strings.Contains(position, "canaryvalue") {
							t.Errorf("%s, %s: %s", on, position, a.text())
						}
						return strings.NewReplacer("canary", "{x}", "kanari", "{x}").Replace(a.steady())
					}
					for _, method := range []string{http.MethodGet, http.MethodHead} {
						there, absent := answer(method, hidden), answer(method, strings.ReplaceAll(hidden, "canary", "kanari"))
						if there != absent {
							t.Errorf("%s, %s %v of %s: %s\nand of what there is not\n%s", on, position, header, hidden, there, absent)
							break
						}
					}
				}
			}
		}
		// What no request has named is in no response.
		for _, path := range []string{
			"/orders?select=*,sellers(*)", "/orders?select=sellers(*),customers(*),tags(*),order_tags(*),items(*)", "/sellers?select=*,orders(*,customers(*))", "/trips?select=id,tags(*)", "/tags?select=id,trips(*)", "/orders?select=id,selers(*)", "/trips?select=id,tags!from(*)",
			"/trips?select=id,starts(*),ends(*)", "/sellers?select=...orders(*)", "/orders?select=...sellers(*)", "/customers?select=orders(*)&orders.canry_column=eq.1", "/orders?select=sellers(canry)", "/orders?select=id,sellers(id)&order=sellers(canry_column)", "/trips?select=id,tags!starts(canry)",
			"/orders?select=id,tags(*)&limit=1&order=id",
		} {
			for _, accept := range []string{"application/json", "text/html", "text/csv"} {
				if a := r.get("/dbcontents"+path, "Accept", accept); strings.Contains(a.text(), "canary_column") || on != "role" && strings.Contains(a.text(), "canary") {
					t.Errorf("%s, %s: %s", on, path, a.text())
				}
			}
		}
	}
	t.Logf("%d requests", requests)
}

// The lists that a Go program makes for a level are the same.
func TestAttack25_HiddenColumnsAsIfAbsentInGo(t *testing.T) {
	begin(t, 25)
	r := build(t, pgtest.New(t, relatedColumnsSQL), dbcontents.Config{AllTables: true, Aggregates: true}, httpapi.Options{})
	see := func(q dbcontents.Query) string {
		q.Table, q.Allowed, q.Format = "orders", relatedColumns["orders"], dbcontents.JSON
		for i := range q.Select {
			if e := q.Select[i].Embed; e != nil {
				e.Allowed = []string{"id", "name"}
			}
		}
		rows, err := r.store.Query(t.Context(), q)
		var b strings.Builder
		if err == nil {
			_, err = rows.WriteTo(&b)
		}
		var e *dbcontents.Error
		if errors.As(err, &e) {
			fmt.Fprint(&b, e.Code, e.Message, e.Detail, e.Hint)
		}
		return b.String()
	}
	embed := func(change func(*dbcontents.Related)) dbcontents.Query {
		f := dbcontents.Embed("sellers", dbcontents.Columns("id")...)
		change(f.Embed)
		return dbcontents.Query{Select: []dbcontents.Field{{Column: "id"}, f}, Order: []dbcontents.Order{{Column: "id"}}}
	}
	for name, make := range map[string]func(x string) dbcontents.Query{
		"its name": func(x string) dbcontents.Query { return embed(func(e *dbcontents.Related) { e.Table = x }) },
		"its hint": func(x string) dbcontents.Query { return embed(func(e *dbcontents.Related) { e.Hint = x }) },
		"a column": func(x string) dbcontents.Query {
			return embed(func(e *dbcontents.Related) { e.Select = dbcontents.Columns(x) })
		},
		"left out": func(x string) dbcontents.Query {
			return embed(func(e *dbcontents.Related) { e.Select = []dbcontents.Field{{}, {Column: x, Omit: true}} })
		},
		"a filter": func(x string) dbcontents.Query {
			return embed(func(e *dbcontents.Related) { e.Where = dbcontents.Where(x, dbcontents.OpEq, "a") })
		},
		"an order": func(x string) dbcontents.Query {
			return embed(func(e *dbcontents.Related) { e.Order = []dbcontents.Order{{Column: x}} })
		},
		"the order of the other": func(x string) dbcontents.Query {
			q := embed(func(*dbcontents.Related) {})
			q.Order = []dbcontents.Order{{Embed: "sellers", Column: x}}
			return q
		},
	} {
		for _, hidden := range []string{"canary_column", "canary_key", "canary_computed"} {
			there, absent := see(make(hidden)), see(make(strings.ReplaceAll(hidden, "canary", "kanari")))
			if strings.ReplaceAll(there, "canary", "kanari") != absent {
				t.Errorf("%s: %s for %s: %s", name, there, hidden, absent)
			}
		}
	}
}
