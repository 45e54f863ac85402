package dbcontents_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A struct says which columns are read: here not the date of discovery.
func ExampleRead() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	type planet struct {
		Name   string
		Number int `db:"moons"`
	}
	planets, err := dbcontents.Read[planet](context.Background(), store, dbcontents.Query{Order: []dbcontents.Order{{Column: "name"}}, Limit: 2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", planets)
	// Output: [{Name:Earth Number:1} {Name:Mars Number:2}]
}

// One is for a row that must be there.
func ExampleOne() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx := context.Background()
	for _, name := range []string{"Mars", "Vulcan"} {
		moons, err := dbcontents.One[int](ctx, store, dbcontents.Query{Select: dbcontents.Columns("moons"), Where: dbcontents.Where("name", dbcontents.OpEq, name)})
		var e *dbcontents.Error
		switch {
		case errors.As(err, &e) && e.Code == "not_one_row":
			fmt.Println(name, "is not there:", err)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(name, "has", moons)
		}
	}
	// Output:
	// Mars has 2
	// Vulcan is not there: query public.planets: there is no row
}

// Rows without a struct: by the names of their columns.
func ExampleCollect_map() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	rows, err := store.Query(context.Background(), dbcontents.Query{Where: dbcontents.Where("name", dbcontents.OpEq, "Venus")})
	if err != nil {
		log.Fatal(err)
	}
	planets, err := dbcontents.Collect[map[string]any](rows)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(planets)
	// Output: [map[discovered:<nil> moons:0 name:Venus]]
}
