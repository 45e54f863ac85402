package httpapi_test

import (
	"log"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What a session and Access allow of a table holds on every level of a request.
func ExampleAccess_related() {
	db, drop := pgtest.ForExample(`
		CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, secret text);
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric NOT NULL);
		CREATE TABLE items (order_id int REFERENCES orders, line int, name text NOT NULL, PRIMARY KEY (order_id, line));
		CREATE TABLE payments (id int PRIMARY KEY, order_id int REFERENCES orders);
		INSERT INTO customers VALUES (1, 'Ann', 'x');
		INSERT INTO orders VALUES (10, 1, 20), (11, 1, 50);
		INSERT INTO items VALUES (10, 1, 'pen')`)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"customers", "orders", "items", "payments"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) {
			return dbcontents.Session{Tables: map[string]dbcontents.Grant{
				"customers": {Columns: []string{"name"}},
				"orders":    {Where: dbcontents.Where("total", dbcontents.OpLt, 40)},
				"items":     {},
			}}, nil
		},
		Access: map[string]httpapi.Access{
			"customers": {Embeds: []string{"orders"}},
			"orders":    {Filters: []string{"id"}, Embeds: []string{"customers"}},
		},
	})

	show(handler, "/dbcontents/customers?select=*,orders(id,total)") // without secret, and without the order of 50
	show(handler, "/dbcontents/customers?select=name,orders(secret:customers(secret))")
	show(handler, "/dbcontents/customers?select=name,orders(id)&orders.total=lt.30")
	show(handler, "/dbcontents/orders?select=id,items(name)")
	show(handler, "/dbcontents/items?select=name,orders(id)")
	show(handler, "/dbcontents/orders?select=id,payments(id)") // not granted: it does not exist
	// Output:
	// 200 [{"name":"Ann","orders":[{"id":10,"total":20}]}]
	// 400 column customers.secret does not exist
	// 403 filtering by total is not allowed
	// 403 embedding items is not allowed
	// 200 [{"name":"pen","orders":{"id":10}}]
	// 400 Could not find a relationship between 'orders' and 'payments' in the schema cache
}
