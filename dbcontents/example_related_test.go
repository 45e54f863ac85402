package dbcontents_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// customersStore is a Store over a database with customers, their orders, and the items of these.
func customersStore() (store *dbcontents.Store, done func()) {
	db, drop := pgtest.ForExample(`
		CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, secret text);
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric NOT NULL);
		CREATE TABLE items (order_id int REFERENCES orders, line int, name text NOT NULL, PRIMARY KEY (order_id, line));
		CREATE TABLE tags (id int PRIMARY KEY, name text NOT NULL);
		CREATE TABLE order_tags (order_id int REFERENCES orders, tag_id int REFERENCES tags, PRIMARY KEY (order_id, tag_id));
		INSERT INTO customers VALUES (1, 'Ann', 'x'), (2, 'Bob', 'y'), (3, 'Cleo', NULL);
		INSERT INTO orders VALUES (10, 1, 20), (11, 1, 50), (12, 2, 35);
		INSERT INTO items VALUES (10, 1, 'pen'), (10, 2, 'ink'), (11, 1, 'desk'), (12, 1, 'lamp');
		INSERT INTO tags VALUES (1, 'gift'), (2, 'fast');
		INSERT INTO order_tags VALUES (10, 1), (11, 1), (11, 2)`)
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: db.DSN, // postgres://user@host/database
		Tables:     []string{"customers", "orders", "items", "tags", "order_tags"},
	})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		store.Close()
		drop()
	}
}

// Read customers with their three largest orders, and the items of these, into nested structs.
func ExampleEmbed() {
	store, done := customersStore()
	defer done()
	ctx := context.Background()

	orders := dbcontents.Embed("orders", append(dbcontents.Columns("id", "total"), dbcontents.Embed("items", dbcontents.Columns("name")...))...)
	orders.Embed.Order = []dbcontents.Order{{Column: "total", Desc: true}}
	orders.Embed.Limit = 3

	rows, err := store.Query(ctx, dbcontents.Query{
		Table:  "customers",
		Select: append(dbcontents.Columns("name"), orders),
		Order:  []dbcontents.Order{{Column: "id"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	type item struct{ Name string }
	type order struct {
		ID    int
		Total float64
		Items []item
	}
	type customer struct {
		Name   string
		Orders []order
	}
	customers, err := dbcontents.Collect[customer](rows)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range customers {
		fmt.Println(c.Name, c.Orders)
	}
	// Output:
	// Ann [{11 50 [{desk}]} {10 20 [{pen} {ink}]}]
	// Bob [{12 35 [{lamp}]}]
	// Cleo []
}

// A related row goes to a struct, or to a pointer if there may be none. A spread puts its
// columns into the outer row.
func ExampleCollect_related() {
	store, done := customersStore()
	defer done()

	spread := dbcontents.Embed("customers", dbcontents.Field{Column: "id", Alias: "payer"})
	spread.Embed.Spread = true
	rows, err := store.Query(context.Background(), dbcontents.Query{
		Table:  "orders",
		Select: append(dbcontents.Columns("id"), dbcontents.Embed("customers", dbcontents.Columns("name")...), spread),
		Where:  dbcontents.Where("id", dbcontents.OpEq, 12),
	})
	if err != nil {
		log.Fatal(err)
	}
	type order struct {
		ID       int
		Customer *struct{ Name string } `db:"customers"`
		Payer    int
	}
	orders, err := dbcontents.Collect[order](rows)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(orders[0].ID, orders[0].Customer.Name, orders[0].Payer)
	// Output: 12 Bob 2
}

// Read rows by the rows that they are related to: orders that have tags, and more than one item.
// What has nothing to select is not in the output.
func ExampleRelated() {
	store, done := customersStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Table: "orders",
		Select: []dbcontents.Field{
			{Column: "id"},
			{Embed: &dbcontents.Related{Table: "tags", Select: []dbcontents.Field{}}},
			{Embed: &dbcontents.Related{Table: "items", Select: []dbcontents.Field{}}},
		},
		Where: dbcontents.And(
			dbcontents.Where("tags", dbcontents.OpIs, "not_null"),
			dbcontents.Where(dbcontents.Field{Column: "items", Aggregate: dbcontents.AggregateCount}, dbcontents.OpGt, 1),
		),
		Format: dbcontents.JSON,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output: [{"id":10}]
}

// A program that passes on what its callers ask for finds out first which table an embed leads
// to, and says which of its columns they may read.
func ExampleStore_Related() {
	store, done := customersStore()
	defer done()
	ctx := context.Background()

	orders, err := store.Table(ctx, "", "orders")
	if err != nil {
		log.Fatal(err)
	}
	asked := dbcontents.Embed("customer_id") // the column that leads to customers
	found, err := store.Related(ctx, orders, asked.Embed, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found)
	asked.Embed.Target = found // if it leads to another table by now, the Query is refused
	asked.Embed.Allowed = []string{"id", "name"}

	rows, err := store.Query(ctx, dbcontents.Query{
		Table: "orders", Select: []dbcontents.Field{{Column: "id"}, asked}, Order: []dbcontents.Order{{Column: "id"}}, Limit: 1, Format: dbcontents.JSON,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}

	_, err = store.Related(ctx, orders, &dbcontents.Related{Table: "invoices"}, nil)
	var e *dbcontents.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code)
	}
	// Output:
	// public.customers
	// [{"id":10,"customer_id":{"id":1,"name":"Ann"}}]
	// relationship_missing
}
