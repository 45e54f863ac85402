package dbcontents_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Planet is a row of the table planets. Its fields say which columns are read.
type Planet struct {
	Name       string
	Moons      int
	Discovered *time.Time // nil is null
}

// A whole program. A real one has os.Getenv("DATABASE_URL") in the place of db.DSN, and no database of its own.
func Example() {
	db, drop := pgtest.ForExample(`CREATE TABLE planets (id int PRIMARY KEY, name text NOT NULL, moons int NOT NULL, discovered date);
		INSERT INTO planets VALUES (2, 'Venus', 0, NULL), (3, 'Earth', 1, NULL), (4, 'Mars', 2, NULL), (8, 'Neptune', 16, '1846-09-23')`)
	defer drop()

	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: db.DSN,
		Tables:     []string{"planets"}, // nothing else can be read
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()

	// Many rows.
	planets, err := dbcontents.Read[Planet](ctx, store, dbcontents.Query{
		Table: "planets",
		Where: dbcontents.Where("moons", dbcontents.OpGt, 0),
		Order: []dbcontents.Order{{Column: "moons", Desc: true}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range planets {
		fmt.Println(p.Name, p.Moons, p.Discovered != nil)
	}

	// The only one.
	mars, err := dbcontents.One[Planet](ctx, store, dbcontents.Query{
		Table: "planets",
		Where: dbcontents.Where("name", dbcontents.OpEq, "Mars"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mars.Name, mars.Moons)

	// How many there are.
	n, err := store.Count(ctx, dbcontents.Query{Table: "planets"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n)
	// Output:
	// Neptune 16 true
	// Mars 2 false
	// Earth 1 false
	// Mars 2
	// 4
}
