package dbcontents_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Trace tells of every read at its begin and at its end, here to print both.
func ExampleConfig_trace() {
	dsn, drop := exampleDatabase() // postgres://user@host/database
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: dsn,
		Tables:     []string{"planets"},
		Trace: func(ctx context.Context, op dbcontents.Operation) (context.Context, func(dbcontents.Outcome)) {
			if op.Kind != "read" {
				return ctx, nil
			}
			fmt.Println("begins:", op.Table, op.SQL)
			return ctx, func(o dbcontents.Outcome) { fmt.Printf("ended: %d rows, code %q\n", o.Rows, o.Code) }
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	n, err := dbcontents.Read[string](context.Background(), store, dbcontents.Query{
		Select: dbcontents.Columns("name"), Where: dbcontents.Where("moons", dbcontents.OpGt, 1), Order: []dbcontents.Order{{Column: "name"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n)
	// Output:
	// begins: planets SELECT "planets"."name" FROM "public"."planets" WHERE ("planets"."moons" OPERATOR(pg_catalog.>) $1) ORDER BY "planets"."name"
	// ended: 2 rows, code ""
	// [Mars Neptune]
}
