package dbcontents_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Read page after page; each costs the same, however far it is from the first.
func ExampleRows_NextPage() {
	db, drop := pgtest.ForExample(`CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, price numeric NOT NULL);
		INSERT INTO books VALUES (1, 'Dune', 9.90), (2, 'Emma', 6.50), (3, 'Ulysses', 14.00), (4, 'Persuasion', 7.20), (5, 'Dubliners', 8.00)`)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"books"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	q := dbcontents.Query{
		Select: dbcontents.Columns("title"),
		Order:  []dbcontents.Order{{Column: "price"}},
		Limit:  3,
		Pages:  true,
	}
	for more := true; more; more = q.After != "" {
		rows, err := store.Query(context.Background(), q)
		if err != nil {
			log.Fatal(err)
		}
		titles, err := dbcontents.Collect[string](rows)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(titles)
		q.After = rows.NextPage()
	}
	// Output:
	// [Emma Persuasion Dubliners]
	// [Dune Ulysses]
}
