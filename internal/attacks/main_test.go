package attacks

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/tally"
)

// results is what the attacks came to. A number may have several tests.
var results = tally.Tally{Name: "attacks", Rows: 23}

func TestMain(m *testing.M) {
	flag.Parse()
	whole := true
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.list":
			whole = whole && f.Value.String() == ""
		}
	})
	code := pgtest.Main(m)
	if err := results.Report(whole && code == 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// begin makes t a test of attack n, in parallel with others.
func begin(t *testing.T, n int) {
	t.Helper()
	t.Parallel()
	alone(t, n)
}

// alone is begin for a test that measures the memory of the process: no other one runs beside it.
func alone(t *testing.T, n int) {
	t.Helper()
	results.Add(t, n, pgtest.ServerVersion(t))
}
