package dbcontents_test

import "github.com/dbcontents/dbcontents-go/internal/pgtest"

// exampleDatabase is a database with a table of planets, for an example.
func exampleDatabase() (dsn string, drop func()) {
	_, dsn, drop = exampleServers()
	return dsn, drop
}

// exampleServers is exampleDatabase with the server that can be written to beside.
func exampleServers() (primary, dsn string, drop func()) {
	db, drop := pgtest.ForExample(`CREATE TABLE planets (name text PRIMARY KEY, moons int NOT NULL, discovered date);
		INSERT INTO planets VALUES ('Venus', 0, NULL), ('Earth', 1, NULL), ('Mars', 2, NULL), ('Neptune', 16, '1846-09-23')`)
	return db.Direct(db.DSN), db.DSN, drop
}
