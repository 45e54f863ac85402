package dbcontents_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// cents is a value for databases that has another text for people.
type cents int64

func (c cents) Value() (driver.Value, error) { return float64(c) / 100, nil }
func (c cents) String() string               { return "many" }

// tags are an array to a driver, as pq.StringArray is.
type tags []string

func (t tags) Value() (driver.Value, error) { return "{" + strings.Join(t, ",") + "}", nil }

// hash is a bytea by another name.
type hash []byte

type broken struct{}

func (broken) Value() (driver.Value, error) { return nil, errors.New("no value today") }

type endless struct{}

func (e endless) Value() (driver.Value, error) { return e, nil }

// Values that other packages make for databases are values of filters too.
func TestFilterValues(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, `CREATE TABLE test_table (id int, doc jsonb, price numeric, tags text[], hash bytea, at timestamptz, name text);
		INSERT INTO test_table VALUES (1, '{"a": [1, 2]}', 12.5, '{a,b}', '\x0102', '2026-01-02 03:04:05Z', 'x'), (2, '{"a": []}', 3, '{c}', '\x03', NULL, 'y')`)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var none *sql.NullString
	for _, tt := range []struct {
		column string
		op     dbcontents.Op
		value  any
		want   []int // nil if it is refused
	}{
		{"doc", "eq", json.RawMessage(`{"a":[1,2]}`), []int{1}},
		{"doc", "cs", json.RawMessage(`{"a":[2]}`), []int{1}},
		{"doc", "in", []json.RawMessage{[]byte(`{"a":[]}`), []byte(`1`)}, []int{2}},
		{"doc", "eq", json.RawMessage(nil), nil},
		{"price", "eq", cents(1250), []int{1}},
		{"price", "in", []cents{300, 400}, []int{2}},
		{"name", "eq", sql.NullString{String: "x", Valid: true}, []int{1}},
		{"name", "eq", &sql.NullString{String: "y", Valid: true}, []int{2}},
		{"name", "eq", sql.NullString{}, nil},
		{"name", "eq", none, nil},
		{"name", "in", []sql.NullString{{String: "y", Valid: true}, {}}, []int{2}},
		{"id", "gte", sql.NullInt64{Int64: 2, Valid: true}, []int{2}},
		{"name", "eq", sql.Null[string]{V: "x", Valid: true}, []int{1}},
		{"price", "gt", pgtype.Float8{Float64: 3.5, Valid: true}, []int{1}},
		{"price", "eq", func() (n pgtype.Numeric) { n.Scan("12.50"); return n }(), []int{1}},
		{"at", "eq", sql.NullTime{Time: at, Valid: true}, []int{1}},
		{"at", "eq", pgtype.Timestamptz{Time: at, Valid: true}, []int{1}},
		{"tags", "eq", tags{"a", "b"}, []int{1}},
		{"tags", "ov", tags{"c"}, []int{2}},
		{"name", "in", tags{"y", "z"}, []int{2}},
		{"hash", "eq", hash{1, 2}, []int{1}},
		{"hash", "in", []hash{{3}}, []int{2}},
		{"name", "eq", broken{}, nil},
		{"name", "eq", endless{}, nil},
	} {
		got, err := dbcontents.Read[int](t.Context(), s, dbcontents.Query{Select: dbcontents.Columns("id"), Where: where(tt.column, tt.op, tt.value), Order: []dbcontents.Order{{Column: "id"}}})
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want != nil) || err != nil && !errors.Is(err, dbcontents.ErrInvalid) {
			t.Errorf("%s %s %T(%v): %v, %v", tt.column, tt.op, tt.value, tt.value, got, err)
		}
	}
}
