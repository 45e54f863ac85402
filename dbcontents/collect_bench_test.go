package dbcontents_test

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// BenchmarkCollect reads 20,000 rows into structs.
func BenchmarkCollect(b *testing.B) {
	db := pgtest.New(b, wideTable)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table"}})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	type row struct {
		ID    int64
		Name  string
		Price string
		Ratio float64
		Yes   bool
		At    time.Time
		Note  *string
		Small int32
	}
	q := dbcontents.Query{Select: dbcontents.Columns("id", "name", "price", "ratio", "yes", "at", "note", "small"), Limit: 20_000}
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		rows, err := store.Query(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		all, err := dbcontents.Collect[row](rows)
		if err != nil || len(all) != 20_000 {
			b.Fatal(len(all), err)
		}
	}
}
