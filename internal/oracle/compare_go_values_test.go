package oracle

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// goTypes are the Go types of Rows.Values. The values of all other types are strings.
var goTypes = map[string]any{
	"bool": false, "int2": int64(0), "int4": int64(0), "int8": int64(0), "float4": 0.0, "float8": 0.0, "bytea": []byte{},
	"date": time.Time{}, "timestamp": time.Time{}, "timestamptz": time.Time{}, "json": json.RawMessage{}, "jsonb": json.RawMessage{},
}

// compareValues wants Go values of the documented types. Printed as PostgreSQL
// prints, each must be what the output function prints.
func compareValues(t *testing.T, store *dbcontents.Store, tables []*wideTable) {
	for _, w := range tables {
		all := readValues(t, store, w)
		if len(all) != w.rows {
			t.Fatalf("%s: %d rows, want %d", w.name, len(all), w.rows)
		}
		for i, values := range all {
			for j, c := range w.columns {
				have := values[j+1]
				if i >= len(c.references) || c.references[i].json == nil {
					if have != nil {
						t.Errorf("%s, value %d: got %v, want nil", c.Type, i, have)
					}
					continue
				}
				want := c.references[i].plain
				wantType := reflect.TypeOf(goTypes[c.System])
				if wantType == nil || wantType == reflect.TypeFor[time.Time]() && strings.HasSuffix(want, "infinity") {
					wantType = reflect.TypeFor[string]()
				}
				if reflect.TypeOf(have) != wantType {
					t.Errorf("%s, value %d: got a %T, want a %v", c.Type, i, have, wantType)
				}
				check(t, c, i, "Go value", want, printed(t, c.System, have, want))
			}
		}
	}
}

// printed is a Go value as PostgreSQL prints it. A float equal to the one in want
// is printed as want, since one float has several texts.
func printed(t *testing.T, goType string, value any, want string) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)[:1]
	case float64:
		bits := map[string]int{"float4": 32, "float8": 64}[goType]
		if f, err := strconv.ParseFloat(want, bits); err == nil && (math.Float64bits(f) == math.Float64bits(v) || f != f && v != v) {
			return want
		}
	case []byte:
		return `\x` + hex.EncodeToString(v)
	case json.RawMessage:
		return string(v)
	case time.Time:
		if v.Location() != time.UTC {
			t.Errorf("%v is not in UTC", v)
		}
		return printedTime(goType, v)
	}
	return fmt.Sprint(value)
}

func printedTime(goType string, v time.Time) string {
	year, era := v.Year(), ""
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	layout := map[string]string{"date": "-01-02", "timestamp": "-01-02 15:04:05.999999", "timestamptz": "-01-02 15:04:05.999999+00"}
	return fmt.Sprintf("%04d", year) + v.Format(layout[goType]) + era
}
