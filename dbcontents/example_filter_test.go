package dbcontents_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// namesOf prints the names of the planets that a filter lets pass.
func namesOf(store *dbcontents.Store, filter dbcontents.Filter) {
	rows, err := store.Query(context.Background(), dbcontents.Query{
		Select: dbcontents.Columns("name"),
		Where:  filter,
		Order:  []dbcontents.Order{{Column: "name"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	names, err := dbcontents.Collect[string](rows)
	fmt.Println(names, err)
}

// Values are sent as parameters, never as SQL.
func ExampleWhere() {
	store, done := exampleStore()
	defer done()

	namesOf(store, dbcontents.Where("moons", "gte", 2))
	namesOf(store, dbcontents.Where("name", "in", []string{"Venus", "Mars", "Vulcan"}))
	namesOf(store, dbcontents.Where("name", "ilike", "e*"))
	namesOf(store, dbcontents.Where("discovered", "is", nil))
	namesOf(store, dbcontents.Where("name", "eq", `'; DROP TABLE planets; --`))
	// Output:
	// [Mars Neptune] <nil>
	// [Mars Venus] <nil>
	// [Earth] <nil>
	// [Earth Mars Venus] <nil>
	// [] <nil>
}

func ExampleAnd() {
	store, done := exampleStore()
	defer done()

	namesOf(store, dbcontents.And(
		dbcontents.Where("moons", "gt", 0),
		dbcontents.Where("moons", "lt", 10),
	))
	// Output: [Earth Mars] <nil>
}

func ExampleOr() {
	store, done := exampleStore()
	defer done()

	namesOf(store, dbcontents.Or(
		dbcontents.Where("moons", "eq", 0),
		dbcontents.Where("discovered", "lt", "1900-01-01"),
	))
	// Output: [Neptune Venus] <nil>
}

func ExampleNot() {
	store, done := exampleStore()
	defer done()

	namesOf(store, dbcontents.Not(dbcontents.Where("name", "match", "^(V|M)")))
	// Output: [Earth Neptune] <nil>
}

// A Field can be cast, renamed, and be a path into a JSON value. A column that is not JSON is made it.
func ExampleField() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Select: []dbcontents.Field{
			{Column: "name"},
			{Column: "moons", Cast: "text", Alias: "count of moons"},
		},
		Where:  dbcontents.Where("name", "eq", "Mars"),
		Format: dbcontents.JSON,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output: [{"name":"Mars","count of moons":"2"}]
}

// Count all rows that there are, beside those that are read.
func ExampleRows_Total() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{Limit: 1, Count: "exact"})
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	fmt.Println(rows.Total())
	// Output: 4 true
}
