package faults

import (
	"errors"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/tally"
	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

// matrix counts the rows that passed.
var matrix = tally.Tally{Name: "fault matrix", Rows: 60}

func TestMain(m *testing.M) {
	stopNames := serveNames()
	testmain.Run(m, 24, func(complete bool) error {
		stopNames()
		return errors.Join(private.stop(), mortal.stop(), removeProgram(), matrix.Report(complete))
	})
}

// begin makes t the test of row n, in parallel with others.
func begin(t *testing.T, n int) {
	t.Helper()
	t.Parallel()
	matrix.Add(t, n, pgtest.ServerVersion(t))
}
