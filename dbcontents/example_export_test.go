package dbcontents_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A table goes into a file by three connections, and a fourth one that holds the state of the database
// that they see. A real program has os.Getenv("DATABASE_URL") in the place of dsn.
func ExampleStore_Export() {
	dsn, drop := exampleDatabase()
	defer drop()
	dir, err := os.MkdirTemp("", "export")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}, PoolSize: 4})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	name := filepath.Join(dir, "planets.csv")
	file, err := os.Create(name + ".part")
	if err != nil {
		log.Fatal(err)
	}
	done, err := store.Export(context.Background(), dbcontents.Export{
		Query:    dbcontents.Query{Table: "planets", Format: dbcontents.CSV},
		Writer:   file,
		Parallel: 3,
	})
	if err != nil {
		log.Fatal(err) // the file is not whole, and keeps the name that says so
	}
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		log.Fatal(err)
	}
	fmt.Println(done.Rows, "rows,", done.Bytes, "bytes")
	// Output:
	// 4 rows, 75 bytes
}
