//go:build duckdb_arrow

package arrowtest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"
)

// openDuckDB opens a connection to a database in memory.
func openDuckDB(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.ExecContext(t.Context(), "SET threads = 1; SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return conn
}

// readByDuckDB is the column v of a stream as DuckDB has it: its type there, and its values in the
// words of reference. The stream must have no other column: DuckDB's C interface expects of it only those that
// the query uses.
func readByDuckDB(t *testing.T, conn *sql.Conn, schema *arrow.Schema, batches []arrow.RecordBatch, documented string) (typ string, values []*string, err error) {
	t.Helper()
	reader, err := array.NewRecordReader(schema, batches)
	if err != nil {
		return "", nil, err
	}
	err = conn.Raw(func(driverConn any) error {
		view, err := duckdb.NewArrowFromConn(driverConn.(*duckdb.Conn))
		if err != nil {
			return err
		}
		release, err := view.RegisterView(reader, "stream")
		if err == nil {
			t.Cleanup(release)
		}
		return err
	})
	if err != nil {
		return "", nil, err
	}
	rows, err := conn.QueryContext(t.Context(), "SELECT typeof(v), "+duckSQL(documented, "v")+" FROM stream")
	if err != nil {
		return "", nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var value any
		if err := rows.Scan(&typ, &value); err != nil {
			return "", nil, err
		}
		values = append(values, words(value))
	}
	return typ, values, rows.Err()
}

// duckSQL writes a value v of a type of DuckDB as reference does, as far as SQL can do it better than words.
func duckSQL(typ, v string) string {
	if element, ok := strings.CutSuffix(typ, "[]"); ok {
		return "list_transform(" + v + ", lambda e: " + duckSQL(element, "e") + ")"
	}
	finite := func(sql string) string {
		return "CASE WHEN isfinite(" + v + ") THEN (" + sql + ")::VARCHAR ELSE " + v + "::VARCHAR END"
	}
	switch typ {
	case "DATE":
		return finite(v + " - DATE '1970-01-01'")
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return finite("epoch_us(" + v + ")")
	case "TIME", "UUID", "JSON":
		return v + "::VARCHAR"
	case "BLOB":
		return "lower(hex(" + v + "))"
	}
	return v
}

// words is a value that DuckDB's client gives, nil for null.
func words(value any) *string {
	text := fmt.Sprint(value)
	switch v := value.(type) {
	case nil:
		return nil
	case float32:
		text = fmt.Sprintf("%08x", math.Float32bits(v))
	case float64:
		text = fmt.Sprintf("%016x", math.Float64bits(v))
	case duckdb.Decimal:
		text = decimal(v.Value, int(v.Scale))
	case duckdb.Interval:
		text = fmt.Sprint(v.Months, " ", v.Days, " ", v.Micros)
	case []any:
		list := []*string{}
		for _, e := range v {
			list = append(list, words(e))
		}
		b, err := json.Marshal(list)
		if err != nil {
			panic(err) // of texts there is none
		}
		text = string(b)
	}
	return &text
}

// decimal is unscaled / 10^scale, with all digits of the scale.
func decimal(unscaled *big.Int, scale int) string {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(unscaled, power).FloatString(scale)
}
