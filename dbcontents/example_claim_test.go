package dbcontents_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Write rows in a format of your own: here each value follows its length.
func ExampleRows_Claim() {
	db, drop := pgtest.ForExample(`CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, note text);
		INSERT INTO books VALUES (1, 'Dune', NULL), (2, 'Emma', 'a gift')`)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"books"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	encode := func(rows *dbcontents.Rows, w io.Writer) error {
		defer rows.Close()
		if err := rows.Claim(); err != nil {
			return err
		}
		out := bufio.NewWriter(w)
		for rows.Next() {
			values, err := rows.RawValues()
			if err != nil {
				return err
			}
			for _, v := range values {
				fmt.Fprintf(out, "%d:%s,", len(v), v)
			}
			out.WriteByte('\n')
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return out.Flush()
	}

	rows, err := store.Query(context.Background(), dbcontents.Query{
		Select: dbcontents.Columns("title", "note"), Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.Wire,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := encode(rows, os.Stdout); err != nil {
		log.Fatal(err)
	}
	// They cannot be written twice.
	fmt.Println(errors.Is(encode(rows, os.Stdout), dbcontents.ErrClosed))
	// Output:
	// 4:Dune,0:,
	// 4:Emma,6:a gift,
	// true
}
