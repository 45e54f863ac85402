package faults

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/tally"
)

const (
	rows        = 60
	parallelism = "24" // most rows wait: for a timeout, or for the database
)

func TestMain(m *testing.M) {
	flag.Parse()
	whole := true
	parallel := parallelism
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.list":
			whole = whole && f.Value.String() == ""
		case "test.parallel":
			parallel = f.Value.String()
		}
	})
	flag.Set("test.parallel", parallel)
	stopNames := serveNames()
	code := pgtest.Main(m)
	stopNames()
	for _, err := range []error{private.stop(), mortal.stop(), removeProgram(), matrix.Report(whole && code == 0), goleak.Find(idleHTTP...)} {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// idleHTTP are the connections that the client of a Docker engine keeps.
var idleHTTP = []goleak.Option{
	goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
	goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
}

// matrix is what the rows came to.
var matrix = tally.Tally{Name: "fault matrix", Rows: rows}

// begin makes t the test of row n, in parallel with others.
func begin(t *testing.T, n int) {
	t.Helper()
	t.Parallel()
	matrix.Add(t, n, pgtest.ServerVersion(t))
}
