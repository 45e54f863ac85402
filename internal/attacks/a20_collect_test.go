package attacks

import (
	"errors"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// collected reads one column of the only row as a T.
func collected[T any](t *testing.T, store *dbcontents.Store, column string, want T) {
	t.Helper()
	rows, err := store.Query(t.Context(), dbcontents.Query{Table: "t", Select: dbcontents.Columns(column)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dbcontents.Collect[T](rows)
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("Collect[%T] of %s: %v, %v, want %v", want, column, got, err, want)
	}
}

// A struct can be one value as well as a row.
func TestAttack20_CollectOfStructsThatAreOneValue(t *testing.T) {
	begin(t, 20)
	db := pgtest.New(t, `CREATE TABLE t AS SELECT inet '10.1.2.3' AS a, cidr '10.0.0.0/8' AS c, macaddr '08:00:2b:01:02:03' AS m,
		uuid '00112233-4455-6677-8899-aabbccddeeff' AS u, interval '1 mon 2 days' AS i, point '(1,2)' AS p, int4range(1, 5) AS r,
		'{1,2}'::int[] AS l, timestamptz '2024-05-06 07:08:09+00' AS at, numeric '1.50' AS n, 'x' AS "Value", '{"a":1}'::jsonb AS j`)
	store := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{}).store
	uuid := [16]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}
	address := netip.MustParseAddr("10.1.2.3")
	collected(t, store, "a", address)
	collected(t, store, "a", &address)
	collected(t, store, "a", netip.PrefixFrom(address, 32))
	collected(t, store, "c", netip.MustParsePrefix("10.0.0.0/8"))
	collected(t, store, "c", net.IPNet{IP: net.IP{10, 0, 0, 0}, Mask: net.CIDRMask(8, 32)})
	collected(t, store, "m", net.HardwareAddr{8, 0, 0x2b, 1, 2, 3})
	collected(t, store, "u", uuid)
	collected(t, store, "u", pgtype.UUID{Bytes: uuid, Valid: true})
	collected(t, store, "i", pgtype.Interval{Months: 1, Days: 2, Valid: true})
	collected(t, store, "p", pgtype.Point{P: pgtype.Vec2{X: 1, Y: 2}, Valid: true})
	bound := func(n int32) pgtype.Int4 { return pgtype.Int4{Int32: n, Valid: true} }
	collected(t, store, "r", pgtype.Range[pgtype.Int4]{Lower: bound(1), Upper: bound(5), LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true})
	collected(t, store, "l", pgtype.Array[int32]{Elements: []int32{1, 2}, Dims: []pgtype.ArrayDimension{{Length: 2, LowerBound: 1}}, Valid: true})
	collected(t, store, "l", []int32{1, 2})
	collected(t, store, "Value", pgtype.Text{String: "x", Valid: true})
	// A struct with fields to fill is a row, also of one column.
	collected(t, store, "Value", struct{ Value string }{"x"})
	collected(t, store, "a", struct{ A netip.Addr }{address})
	collected(t, store, "at", struct{ At time.Time }{time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC).Local()})

	// What pgx cannot read is said to be that, not to lack a field.
	rows, err := store.Query(t.Context(), dbcontents.Query{Table: "t", Select: dbcontents.Columns("p")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dbcontents.Collect[netip.Addr](rows); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("Collect[netip.Addr] of a point: %v", err)
	}
}
