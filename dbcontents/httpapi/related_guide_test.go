package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// The requests in the guide to related tables are answered as it says, on the database that it makes.
func TestRelatedGuide(t *testing.T) {
	t.Parallel()
	runGuide(t, "../../docs/related.md", dbcontents.Config{
		Tables: []string{"customers", "addresses", "orders", "items", "tags", "order_tags", "large_orders"}, Aggregates: true,
	}, 25)
}
