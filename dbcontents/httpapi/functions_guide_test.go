package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// The requests in the guide to functions are answered as it says, on the database that it makes.
func TestFunctionsGuide(t *testing.T) {
	t.Parallel()
	runGuide(t, "../../docs/functions.md", dbcontents.Config{Tables: []string{"orders"}, Functions: []string{"placed_between", "by_month", "with_tax", "spent"}}, 5)
}
