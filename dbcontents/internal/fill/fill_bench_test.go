package fill_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/fill"
)

func BenchmarkNew(b *testing.B) {
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
	var members []encode.Member
	for _, n := range []string{"id", "name", "price", "ratio", "yes", "at", "note", "small"} {
		members = append(members, encode.Member{Name: n})
	}
	types := pgtype.NewMap()
	var structs fill.Structs
	b.ReportAllocs()
	for b.Loop() {
		if _, err := structs.New(types, reflect.TypeFor[row](), members, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}
