package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A database is a throwaway PostgreSQL with the tables that are read.
type database struct {
	server *pgtest.Server
	admin  *pgx.Conn
	dsn    string // of a role that may only read, which the servers use
	// postmaster is the process whose children do the database's work; 0 where
	// it is not a process of this machine.
	postmaster int
}

// exercise is the table of the exercise that this project began with: two
// columns, so short that they cost next to nothing to whoever answers.
var exercise = table{"test_table", 3}

const exerciseSQL = `CREATE TABLE test_table (id int PRIMARY KEY, value text);
INSERT INTO test_table VALUES (1, 'first value'), (2, 'second value'), (3, 'third value');`

// A table is one that is read.
type table struct {
	name string
	rows int64
}

// String is how a table is told apart: all but the exercise's have the same columns.
func (t table) String() string {
	if t == exercise {
		return "3 of " + t.name
	}
	return thousands(float64(t.rows))
}

// wideTable is ten columns of mixed types, about 285 bytes of JSON a row. A
// text in seven has characters that need escapes in JSON and quotes in CSV,
// one in five has others than ASCII, and every column but the first has nulls.
// There is no NaN: the hand-written rival could not answer it at all.
func wideTable(rows int64) table { return table{"rows_" + strconv.FormatInt(rows, 10), rows} }

const wideSQL = `CREATE TABLE %[1]s AS SELECT
	i AS id,
	CASE WHEN i %% 31 = 0 THEN NULL WHEN i %% 7 = 0 THEN E'row "' || i || E'" \\ says,\n\tand "quotes" again'
		WHEN i %% 5 = 0 THEN 'Zeile ' || i || ' für Jürgen, 東京 и всё 🙂' ELSE 'row number ' || i || ', in plain words' END AS name,
	CASE WHEN i %% 37 = 0 THEN NULL WHEN i %% 11 = 0 THEN (i * 7919)::numeric / 1000000 ELSE ((i * 104729) %% 10000019 - 5000000)::numeric / 100 END AS amount,
	CASE WHEN i %% 41 = 0 THEN NULL ELSE sqrt(i::float8) * 1000 / ((i %% 97) + 1) END AS ratio,
	CASE WHEN i %% 43 <> 0 THEN i %% 3 = 0 END AS active,
	CASE WHEN i %% 47 <> 0 THEN timestamptz '2020-01-01 00:00:00Z' + i * interval '61.007001 s' END AS created,
	CASE WHEN i %% 53 <> 0 THEN md5(i::text)::uuid END AS ref,
	CASE WHEN i %% 59 <> 0 THEN jsonb_build_object('n', i, 'ok', i %% 2 = 0) END AS props,
	CASE WHEN i %% 61 <> 0 THEN decode(substr(md5('b' || i), 1, 16), 'hex') END AS blob,
	CASE WHEN i %% 67 <> 0 THEN 'note ' || i %% 1000 END AS note
FROM generate_series(1::bigint, %[2]d) AS i;
ALTER TABLE %[1]s ADD PRIMARY KEY (id);`

// openDatabase starts PostgreSQL and makes test_table and the wide tables.
func openDatabase(ctx context.Context, sizes ...int64) (*database, error) {
	server, err := pgtest.Start(ctx, pgtest.PreferLocal)
	if err != nil {
		return nil, err
	}
	db := &database{server: server}
	if err := db.make(ctx, sizes); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

func (db *database) make(ctx context.Context, sizes []int64) (err error) {
	if db.admin, err = pgx.Connect(ctx, db.server.DSN("postgres")); err != nil {
		return err
	}
	sql := exerciseSQL
	for _, rows := range slices.Compact(slices.Sorted(slices.Values(sizes))) {
		t := wideTable(rows)
		sql += fmt.Sprintf(wideSQL, t.name, rows)
	}
	// Scans of a large table that run at the same time would start where
	// another one is, so that no two answers had the rows in the same order.
	// The settings are those under which the server's answers are defined.
	for _, statement := range []string{
		sql,
		"VACUUM (FREEZE, ANALYZE)",
		"CREATE ROLE reader LOGIN PASSWORD 'reader'", "GRANT pg_read_all_data TO reader",
		"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
		"ALTER DATABASE postgres SET synchronize_seqscans = off",
		"ALTER SYSTEM SET autovacuum = off",
		"SELECT pg_reload_conf()",
		"CHECKPOINT",
		"SET timezone = 'UTC'; SET datestyle = 'ISO'; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET synchronize_seqscans = off",
	} {
		if _, err := db.admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%w\nin: %.200s", err, statement)
		}
	}
	u, err := url.Parse(db.server.DSN("postgres"))
	if err != nil {
		return err
	}
	u.User = url.UserPassword("reader", "reader")
	db.dsn = u.String()
	if s, err := statOf(int(db.admin.PgConn().PID())); err == nil && s.name == "postgres" {
		db.postmaster = s.parent
	}
	return nil
}

func (db *database) close() error {
	if db.admin != nil {
		db.admin.Close(context.Background())
	}
	return db.server.Stop()
}
