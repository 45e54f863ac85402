package dbcontents_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// ordersDatabase is a database with orders, and a function that gives those of a time.
func ordersDatabase() (dsn string, drop func()) {
	db, drop := pgtest.ForExample(`CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, placed date NOT NULL, total numeric NOT NULL);
		INSERT INTO orders VALUES (1, 'ann', '2026-01-05', 20), (2, 'bob', '2026-01-20', 35), (3, 'ann', '2026-02-01', 50);
		CREATE FUNCTION placed_between(since date, until date DEFAULT 'infinity') RETURNS SETOF orders
			LANGUAGE sql STABLE AS $$ SELECT * FROM orders WHERE placed >= since AND placed < until $$`)
	return db.DSN, drop
}

// A function of the database is a view with parameters. Its result is read like a table.
func ExampleStore_Query_function() {
	dsn, drop := ordersDatabase() // postgres://user@host/database
	defer drop()

	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: dsn,
		Tables:     []string{"orders"},
		Functions:  []string{"placed_between"}, // no other function can be called
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx := context.Background()
	rows, err := store.Query(ctx, dbcontents.Query{
		Function: "placed_between",
		Args:     map[string]any{"since": time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)},
		Select:   dbcontents.Columns("id", "total"),
		Order:    []dbcontents.Order{{Column: "total", Desc: true}},
	})
	if err != nil {
		log.Fatal(err)
	}
	type order struct {
		ID    int
		Total float64
	}
	orders, err := dbcontents.Collect[order](rows)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range orders {
		fmt.Println(o.ID, o.Total)
	}
	// Output:
	// 3 50
	// 2 35
}
