package dbcontents_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// moodsDatabase is a database with an enum and a foreign key.
func moodsDatabase() (dsn string, drop func()) {
	db, drop := pgtest.ForExample(`CREATE TYPE mood AS ENUM ('sad', 'ok');
		CREATE TABLE people (id int PRIMARY KEY, mood mood NOT NULL);
		CREATE TABLE pets (name text, owner int REFERENCES people)`)
	return db.DSN, drop
}

// Describe says all at once what there is to read, for a program that makes something of it.
func ExampleStore_Describe() {
	dsn, drop := moodsDatabase() // postgres://user@host/database
	defer drop()

	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, AllTables: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	d, err := store.Describe(context.Background(), "", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range d.Tables {
		for _, c := range t.Columns {
			fmt.Println(t, c.Name, c.Type, d.Types[c.Type].Labels)
		}
		for _, k := range d.ForeignKeys(t) {
			if !k.Inverse {
				fmt.Println(t, k.Columns[0][0], "refers to", k.Table, k.Columns[0][1])
			}
		}
	}
	// Output:
	// public.people id integer []
	// public.people mood mood [sad ok]
	// public.pets name text []
	// public.pets owner integer []
	// public.pets owner refers to public.people id
}
