package dbcontents_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Open a Store once, when the program starts. It does not connect until the
// first read.
func ExampleOpen() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()

	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: dsn,
		Tables:     []string{"planets"}, // nothing else can be read
		MaxRows:    10_000,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	if err := store.Check(context.Background()).Err(); err != nil {
		log.Print(err) // the first thing that is wrong, and how to cure it
	}
	c := store.Config() // with the defaults of what was left empty
	fmt.Println(c.Tables, c.LockTimeout)
	// Output: [planets] 2s
}

// Read rows in a loop. However the loop ends, All gives the connection back.
func ExampleStore_Query() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Table:  "planets",
		Select: dbcontents.Columns("name", "moons"),
		Order:  []dbcontents.Order{{Column: "moons", Desc: true}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range rows.All() {
		if err != nil {
			log.Fatal(err) // the read broke off
		}
		var name string
		var moons int
		if err := row.Scan(&name, &moons); err != nil {
			log.Fatal(err)
		}
		if moons < 2 {
			break
		}
		fmt.Println(name, moons)
	}
	// Output:
	// Neptune 16
	// Mars 2
}

// Sort by one column after another, and say where nulls go.
func ExampleStore_Query_order() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Select: dbcontents.Columns("name"),
		Order:  []dbcontents.Order{{Column: "discovered", Nulls: dbcontents.NullsLast}, {Column: "name"}},
		Limit:  3,
	})
	if err != nil {
		log.Fatal(err)
	}
	names, err := dbcontents.Collect[string](rows)
	fmt.Println(names, err)
	// Output: [Neptune Earth Mars] <nil>
}

// Read all rows into a slice of structs.
func ExampleCollect() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Select: dbcontents.Columns("name", "moons"),
		Order:  []dbcontents.Order{{Column: "name"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	type planet struct {
		Name  string
		Moons int
	}
	planets, err := dbcontents.Collect[planet](rows)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d planets, first %+v\n", len(planets), planets[0])
	// Output: 4 planets, first {Name:Earth Moons:1}
}

// Write a table as JSON or CSV, in constant memory however large it is.
func ExampleRows_WriteTo() {
	store, done := exampleStore()
	defer done()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Order:  []dbcontents.Order{{Column: "moons"}},
		Limit:  2,
		Format: dbcontents.JSON,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// [{"name":"Venus","moons":0,"discovered":null},
	// {"name":"Earth","moons":1,"discovered":null}]
}

// Several reads of one snapshot fit together, whatever is written meanwhile.
func ExampleStore_Snapshot() {
	store, done := exampleStore()
	defer done()
	ctx := context.Background()

	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer snapshot.Release()
	for _, column := range []string{"name", "moons"} {
		rows, err := snapshot.Query(ctx, dbcontents.Query{Select: dbcontents.Columns(column), Format: dbcontents.NDJSON, Limit: 1})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := rows.WriteTo(os.Stdout); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// {"name":"Venus"}
	// {"moons":0}
}

// Errors match a few sentinels; an Error says more.
func ExampleError() {
	store, done := exampleStore()
	defer done()

	_, err := store.Query(context.Background(), dbcontents.Query{Table: "stars"})
	if errors.Is(err, dbcontents.ErrNoTable) {
		fmt.Println("there are no stars")
	}
	var e *dbcontents.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.HTTPStatus())
	}
	// Output:
	// there are no stars
	// table_not_exposed 404
}

// exampleStore reads the table of planets.
func exampleStore() (store *dbcontents.Store, done func()) {
	dsn, drop := exampleDatabase()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		store.Close()
		drop()
	}
}

// As limits what is read for one caller: here to the planets with moons, whatever the
// query asks for.
func ExampleStore_As() {
	store, done := exampleStore()
	defer done()

	caller := store.As(dbcontents.Session{
		Settings: map[string]string{"app.user": "ann"}, // for policies and views, by current_setting
		Tables:   map[string]dbcontents.Grant{"planets": {Columns: []string{"name"}, Where: dbcontents.Where("moons", dbcontents.OpGt, 0)}},
	})
	rows, err := caller.Query(context.Background(), dbcontents.Query{Order: []dbcontents.Order{{Column: "name"}}, Format: dbcontents.NDJSON})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	_, err = caller.Query(context.Background(), dbcontents.Query{Table: "comets"})
	fmt.Println(errors.Is(err, dbcontents.ErrNoTable))
	// Output:
	// {"name":"Earth"}
	// {"name":"Mars"}
	// {"name":"Neptune"}
	// true
}
