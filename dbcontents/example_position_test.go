package dbcontents_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// After a write of its own a program reads no earlier state, whichever server it reads from.
func ExampleRows_LSN() {
	primary, dsn, drop := exampleServers() // postgres://user@primary,standby/database?target_session_attrs=prefer-standby
	defer drop()
	ctx := context.Background()
	writer, err := pgx.Connect(ctx, primary)
	if err != nil {
		log.Fatal(err)
	}
	defer writer.Close(ctx)
	if _, err := writer.Exec(ctx, "INSERT INTO planets (name, moons) VALUES ('Saturn', 146)"); err != nil {
		log.Fatal(err)
	}
	var written string // the position in the write-ahead log, after the commit
	if err := writer.QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()::text").Scan(&written); err != nil {
		log.Fatal(err)
	}

	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"planets"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	rows, err := store.Query(ctx, dbcontents.Query{MinLSN: written, Where: dbcontents.Where("name", dbcontents.OpEq, "Saturn")})
	if err != nil {
		log.Fatal(err) // with the Code "standby_behind" if no server comes so far in time
	}
	defer rows.Close()
	for rows.Next() {
		fmt.Println("Saturn is there, and the position is known:", rows.LSN() != "")
	}
	// Output: Saturn is there, and the position is known: true
}
