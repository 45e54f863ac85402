package faults

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const (
	seed = `
		CREATE TABLE test_table (id bigint PRIMARY KEY, value text);
		INSERT INTO test_table VALUES (1, 'one'), (2, 'two'), (3, NULL);
		CREATE VIEW large AS SELECT i AS id, repeat('x', 100) AS value FROM generate_series(1, 200000) AS i;
		CREATE VIEW endless AS SELECT i AS id, repeat('x', 1000) AS value FROM (SELECT generate_series(1, 3000000) AS i) AS s;`
	// patience is for one attempt to connect.
	patience = time.Second
	// soon is longer than that, on a busy machine, and shorter than other limits.
	soon = wait / 4
)

// reader is a role that may read everything, and its DSN.
func reader(db *pgtest.DB) (dsn string) {
	return db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE")
}

// database is one with the seed and its reader.
func database(t *testing.T, sql ...string) (db *pgtest.DB, dsn string) {
	t.Helper()
	db = pgtest.New(t, append([]string{seed}, sql...)...)
	return db, reader(db)
}

// rigOn builds a rig.
func rigOn(t *testing.T, dsn string, tables ...string) *rig {
	t.Helper()
	return build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, Tables: tables}, httpapi.Options{})
}

// impatient builds a rig that soon gives up to connect.
func impatient(t *testing.T, dsn string) *rig {
	t.Helper()
	return build(t, dbcontents.Config{ConnString: dsn, PoolSize: 2, ConnectTimeout: patience}, httpapi.Options{})
}
