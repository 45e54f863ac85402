package arrow_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/arrow"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A table as a stream, read again by Arrow's own reader. A real program has os.Getenv("DATABASE_URL") in the
// place of db.DSN, and no database of its own.
func ExampleWriteTo() {
	db, drop := pgtest.ForExample("CREATE TABLE planets (name text, moons int); INSERT INTO planets VALUES ('Earth', 1), ('Mars', 2), ('Venus', 0)")
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Table:  "planets",
		Order:  []dbcontents.Order{{Column: "name"}},
		Format: dbcontents.Wire,
	})
	if err != nil {
		log.Fatal(err)
	}
	var stream bytes.Buffer // or a file, or a response
	if _, err := arrow.WriteTo(rows, &stream); err != nil {
		log.Fatal(err)
	}

	reader, err := ipc.NewReader(&stream)
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Release()
	for reader.Next() {
		fmt.Println(reader.RecordBatch().Column(0), reader.RecordBatch().Column(1))
	}
	// Output:
	// ["Earth" "Mars" "Venus"] [1 2 0]
}

// A handler that responds to Accept: application/vnd.apache.arrow.stream, too.
func ExampleFormat() {
	db, drop := pgtest.ForExample("CREATE TABLE planets (name text)")
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{Formats: []httpapi.Format{arrow.Format()}})
	fmt.Printf("%T, beside JSON, NDJSON, CSV and text: %s\n", handler, arrow.MediaType)
	// http.ListenAndServe("localhost:8080", handler)

	// Output:
	// *httpapi.Handler, beside JSON, NDJSON, CSV and text: application/vnd.apache.arrow.stream
}
