// Export writes the contents of tables into CSV files, all as of one moment:
//
//	DATABASE_URL=postgres://... go run ./examples/export -dir out orders customers
//
// Without names it takes every table in the schema public that the role may
// read. A file is either the whole table or not there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func main() {
	dir := flag.String("dir", ".", "directory for the files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("DATABASE_URL"), *dir, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		// Every error of the package knows what to do about it.
		var e *dbcontents.Error
		if errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", e.Hint)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, connString, dir string, names []string) error {
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: connString,
		Tables:     names,
		AllTables:  len(names) == 0,
		PoolSize:   2, // the snapshot's connection and one to list the tables
	})
	if err != nil {
		return err
	}
	defer store.Close()
	tables, err := choose(ctx, store, names)
	if err != nil {
		return err
	}
	// All reads of a snapshot see the same state, whatever is written meanwhile.
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Release()
	for _, t := range tables {
		if err := export(ctx, snapshot, t, dir); err != nil {
			return err
		}
	}
	return nil
}

// choose finds the tables; one that was named must be there.
func choose(ctx context.Context, store *dbcontents.Store, names []string) ([]*dbcontents.Table, error) {
	if len(names) == 0 {
		return store.Tables(ctx)
	}
	var tables []*dbcontents.Table
	for _, name := range names {
		schema, table, ok := strings.Cut(name, ".")
		if !ok {
			schema, table = "", name
		}
		t, err := store.Table(ctx, schema, table)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// export writes one table to a file beside its final place and renames it only
// when it is complete.
func export(ctx context.Context, snapshot *dbcontents.Snapshot, t *dbcontents.Table, dir string) (err error) {
	key, err := lastKey(ctx, snapshot, t)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".export-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // of no effect once it has another name
	defer file.Close()

	rows, err := snapshot.Query(ctx, dbcontents.Query{Schema: t.Schema, Table: t.Name, Order: byKey(t, false), Format: dbcontents.CSV})
	if err != nil {
		return err
	}
	// WriteTo closes the rows. An error after the first block means that the
	// file is cut short: it must not be taken for the table.
	size, err := rows.WriteTo(file)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	name := filepath.Join(dir, strings.ReplaceAll(t.String(), string(filepath.Separator), "_")+".csv")
	if err := os.Rename(file.Name(), name); err != nil {
		return err
	}
	fmt.Printf("%s: %d rows, %d bytes%s\n", name, rows.Count(), size, key)
	return nil
}

// lastKey tells up to which key the table goes, for the next export to begin
// there. It sees the same rows as the export, as both read the snapshot.
func lastKey(ctx context.Context, snapshot *dbcontents.Snapshot, t *dbcontents.Table) (string, error) {
	if len(t.PrimaryKey) == 0 {
		return "", nil
	}
	rows, err := snapshot.Query(ctx, dbcontents.Query{
		Schema: t.Schema, Table: t.Name, Select: dbcontents.Columns(t.PrimaryKey...), Order: byKey(t, true), Limit: 1,
	})
	if err != nil {
		return "", err
	}
	for row, err := range rows.All() { // closes the rows, also on return
		if err != nil {
			return "", err
		}
		values, err := row.Values()
		return fmt.Sprint(", up to ", t.PrimaryKey, " = ", values), err
	}
	return "", nil
}

// byKey sorts by the primary key, if there is one.
func byKey(t *dbcontents.Table, desc bool) []dbcontents.Order {
	var order []dbcontents.Order
	for _, name := range t.PrimaryKey {
		order = append(order, dbcontents.Order{Column: name, Desc: desc})
	}
	return order
}
