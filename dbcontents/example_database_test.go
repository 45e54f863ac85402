package dbcontents_test

import (
	"fmt"
	"os"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// exampleDatabase is a database with a table of planets, for an example.
func exampleDatabase() (dsn string, drop func()) {
	e := new(exampleTB)
	db := pgtest.New(e, `CREATE TABLE planets (name text PRIMARY KEY, moons int NOT NULL, discovered date);
		INSERT INTO planets VALUES ('Venus', 0, NULL), ('Earth', 1, NULL), ('Mars', 2, NULL), ('Neptune', 16, '1846-09-23')`)
	return db.DSN, func() {
		for _, f := range e.cleanups {
			f()
		}
	}
}

// exampleTB is what pgtest wants to know of a test, which an example has not.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper()                           {}
func (*exampleTB) Name() string                      { return "Example" }
func (*exampleTB) Failed() bool                      { return false }
func (e *exampleTB) Cleanup(f func())                { e.cleanups = append(e.cleanups, f) }
func (*exampleTB) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
