//go:build !duckdb_arrow

package arrowtest

import "testing"

// Without the tag the tests do not compile, and this one says so.
func TestTag(t *testing.T) {
	t.Fatal("the tests of this package need the build tag duckdb_arrow: go test -tags duckdb_arrow")
}
