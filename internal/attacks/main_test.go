package attacks

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/tally"
	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

// results counts the attacks whose tests passed. An attack can have several tests.
var results = tally.Tally{Name: "attacks", Rows: 25}

func TestMain(m *testing.M) { testmain.Run(m, 0, results.Report) }

// begin makes t a test of attack n, in parallel with others.
func begin(t *testing.T, n int) {
	t.Helper()
	t.Parallel()
	alone(t, n)
}

// alone is begin for a test that measures the memory of the process. No other test
// runs at the same time.
func alone(t *testing.T, n int) {
	t.Helper()
	results.Add(t, n, pgtest.ServerVersion(t))
}
