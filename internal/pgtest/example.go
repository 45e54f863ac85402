package pgtest

import (
	"fmt"
	"net/url"
	"os"
)

// ForExample is [New] for an example, which has no test to belong to. The example must
// call drop at its end. What goes wrong is a panic.
func ForExample(sql ...string) (db *DB, drop func()) {
	e := new(exampleTB)
	db = New(e, sql...)
	return db, func() {
		for _, f := range e.cleanups {
			f()
		}
	}
}

// exampleTB is what an example has of a test.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper()                           {}
func (*exampleTB) Name() string                      { return "Example" }
func (*exampleTB) Failed() bool                      { return false }
func (e *exampleTB) Cleanup(f func())                { e.cleanups = append(e.cleanups, f) }
func (*exampleTB) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// UserOf is the name of the role that a DSN of this package is for.
func UserOf(tb TB, dsn string) string {
	tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatalf("pgtest: the DSN is no URL")
	}
	return u.User.Username()
}
