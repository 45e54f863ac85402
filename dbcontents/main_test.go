package dbcontents_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// TestMain gives the tests a server and, when all have passed, looks for
// goroutines that any of them has left.
func TestMain(m *testing.M) {
	flag.Parse()
	parallel := "8" // most tests wait: for a timeout, or for the database
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "test.parallel" {
			parallel = f.Value.String()
		}
	})
	flag.Set("test.parallel", parallel)
	code := pgtest.Main(m)
	if code == 0 {
		if err := goleak.Find(idleHTTP...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// idleHTTP are the connections that the client of a Docker engine keeps.
var idleHTTP = []goleak.Option{
	goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
	goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
}
