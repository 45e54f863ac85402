package dbcontents_test

import (
	"context"
	"errors"
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

// functionStore is a Store that can call the function of ordersDatabase.
func functionStore() (store *dbcontents.Store, done func()) {
	dsn, drop := ordersDatabase()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"orders"}, Functions: []string{"placed_between"}})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		store.Close()
		drop()
	}
}

// Show which parameters a function has, and what it returns.
func ExampleStore_Functions() {
	store, done := functionStore()
	defer done()

	functions, err := store.Functions(context.Background(), "", "placed_between")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range functions { // one for each list of parameters
		fmt.Println(f)
		for _, p := range f.Parameters {
			fmt.Println("takes", p.Name, p.Type, p.Optional)
		}
		for _, c := range f.Columns {
			fmt.Println("returns", c.Name, c.Type)
		}
	}
	// Output:
	// public.placed_between()
	// takes since date false
	// takes until date true
	// returns id integer
	// returns customer text
	// returns placed date
	// returns total numeric
}

// What is known of a function needs no connection. It is known once somebody has asked for it.
func ExampleStore_KnownFunctions() {
	store, done := functionStore()
	defer done()

	fmt.Println(len(store.KnownFunctions("", "placed_between")))
	if _, err := store.Functions(context.Background(), "", "placed_between"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(store.KnownFunctions("", "placed_between")))
	// Output:
	// 0
	// 1
}

// Find out which function a Query calls, before it does.
func ExampleStore_Called() {
	store, done := functionStore()
	defer done()
	ctx := context.Background()

	q := dbcontents.Query{Function: "placed_between", Args: map[string]any{"since": "2026-01-10"}}
	called, err := store.Called(ctx, q)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(called, called.Has("total"))

	q.Args = map[string]any{"after": "2026-01-10"}
	_, err = store.Called(ctx, q)
	fmt.Println(errors.Is(err, dbcontents.ErrNoTable))
	// Output:
	// public.placed_between() true
	// true
}
