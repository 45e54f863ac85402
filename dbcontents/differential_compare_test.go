package dbcontents_test

import (
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// compareJSON wants every value to be, byte for byte, what to_json says, and to
// mean to the server what to_jsonb says.
func compareJSON(t *testing.T, conn *pgx.Conn, tables []*wide, got contents) {
	type value struct {
		c    *column
		want reference
	}
	var values []value
	var sent []string
	for _, w := range tables {
		rows := parseJSON(t, w, got["json "+w.name])
		for i, row := range rows {
			for _, c := range w.columns {
				have, want := string(row[c.name]), reference{}
				if i < len(c.reference) {
					want = c.reference[i]
				}
				if want.json == nil {
					check(t, c, i, "JSON", "null", have)
					continue
				}
				check(t, c, i, "JSON", strings.TrimSpace(*want.json), have)
				if want.meaning != nil {
					values = append(values, value{c, want})
					sent = append(sent, have)
				}
			}
		}
	}
	rows, _ := conn.Query(t.Context(), "SELECT v::jsonb::text FROM unnest($1::text[]) WITH ORDINALITY AS u (v, n) ORDER BY n", sent)
	meanings, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		check(t, v.c, i, "meaning", *v.want.meaning, meanings[i])
	}
}

func parseJSON(t *testing.T, w *wide, text string) []map[string]json.RawMessage {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", w.name)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatalf("%s: %v", w.name, err)
	}
	if len(rows) != w.rows {
		t.Fatalf("%s: %d rows, want %d", w.name, len(rows), w.rows)
	}
	return rows
}

// compareLines wants each line of NDJSON to be an element of the JSON, in
// which line ends can only stand where a space is as good.
func compareLines(t *testing.T, tables []*wide, got contents) {
	oneLine := strings.NewReplacer("\r", " ", "\n", " ")
	for _, w := range tables {
		elements := parseJSON(t, w, got["json "+w.name])
		lines := strings.SplitAfter(got["ndjson "+w.name], "\n")
		if len(lines) != w.rows+1 || lines[w.rows] != "" {
			t.Fatalf("%s: %d lines, want %d", w.name, len(lines), w.rows)
		}
		for i, element := range elements {
			var line map[string]json.RawMessage
			if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
				t.Fatalf("%s: line %d: %v", w.name, i, err)
			}
			for _, c := range w.columns {
				check(t, c, i, "NDJSON", oneLine.Replace(string(element[c.name])), string(line[c.name]))
			}
		}
	}
}

// compareCSV wants every field to be what the output function says, null as
// nothing, and encoding/csv to read the same.
func compareCSV(t *testing.T, tables []*wide, got contents) {
	for _, w := range tables {
		text := got["csv "+w.name]
		records := parseCSV(t, text)
		if len(records) != w.rows+1 {
			t.Fatalf("%s: %d records, want %d", w.name, len(records), w.rows+1)
		}
		standard, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, record := range records {
			for j, field := range record {
				// encoding/csv reads \r\n as \n, within quotes too.
				if want := strings.ReplaceAll(strings.Trim(field, "\x00"), "\r\n", "\n"); standard[i][j] != want {
					t.Fatalf("%s: record %d: encoding/csv reads %.100q, want %.100q", w.name, i, standard[i][j], want)
				}
			}
		}
		for i, record := range records[1:] {
			for j, c := range w.columns {
				want := null
				if i < len(c.reference) && c.reference[i].json != nil {
					want = c.reference[i].plain
				}
				check(t, c, i, "CSV", want, record[j+1])
			}
		}
	}
}

// null is how parseCSV tells nothing from an empty string: no text holds a zero byte.
const null = "\x00"

// parseCSV is RFC 4180 to the letter.
func parseCSV(t *testing.T, text string) (records [][]string) {
	t.Helper()
	var record []string
	for len(text) > 0 {
		field := null
		if strings.HasPrefix(text, `"`) {
			var b strings.Builder
			for quoted := true; quoted; {
				before, after, ok := strings.Cut(text[1:], `"`)
				if !ok {
					t.Fatal("a quoted field has no end")
				}
				b.WriteString(before)
				if quoted = strings.HasPrefix(after, `"`); quoted {
					b.WriteByte('"')
				}
				text = after
			}
			field = b.String()
		} else if n := strings.IndexAny(text, ",\r"); n > 0 {
			field, text = text[:n], text[n:]
		}
		record = append(record, field)
		switch {
		case strings.HasPrefix(text, ","):
			text = text[1:]
		case strings.HasPrefix(text, "\r\n"):
			records, record, text = append(records, record), nil, text[2:]
		default:
			t.Fatalf("a field ends with %.10q", text)
		}
	}
	return records
}

// compareText wants a line for each value of a column, null an empty one.
func compareText(t *testing.T, store *dbcontents.Store, tables []*wide) {
	for _, w := range tables {
		for _, c := range w.columns {
			var want strings.Builder
			for _, r := range c.reference {
				want.WriteString(r.plain + "\n")
			}
			want.WriteString(strings.Repeat("\n", w.rows-len(c.reference)))
			checkText(t, "text "+c.Type, want.String(), write(t, store, w.query(dbcontents.Text, c.name)))
		}
	}
}

// goTypes are those of Rows.Values by type; the rest are strings.
var goTypes = map[string]any{
	"bool": false, "int2": int64(0), "int4": int64(0), "int8": int64(0), "float4": 0.0, "float8": 0.0, "bytea": []byte{},
	"date": time.Time{}, "timestamp": time.Time{}, "timestamptz": time.Time{}, "json": json.RawMessage{}, "jsonb": json.RawMessage{},
}

// compareValues wants Go values of the documented types, each with all that
// the output function says.
func compareValues(t *testing.T, store *dbcontents.Store, tables []*wide) {
	for _, w := range tables {
		all := readValues(t, store, w)
		if len(all) != w.rows {
			t.Fatalf("%s: %d rows, want %d", w.name, len(all), w.rows)
		}
		for i, values := range all {
			for j, c := range w.columns {
				have := values[j+1]
				if i >= len(c.reference) || c.reference[i].json == nil {
					if have != nil {
						t.Errorf("%s, value %d: got %v, want nil", c.Type, i, have)
					}
					continue
				}
				want := c.reference[i].plain
				wantType := reflect.TypeOf(goTypes[c.goType])
				if wantType == nil || wantType == reflect.TypeFor[time.Time]() && strings.HasSuffix(want, "infinity") {
					wantType = reflect.TypeFor[string]()
				}
				if reflect.TypeOf(have) != wantType {
					t.Errorf("%s, value %d: got a %T, want a %v", c.Type, i, have, wantType)
				}
				check(t, c, i, "Go value", want, printed(t, c.goType, have, want))
			}
		}
	}
}

// printed is a Go value as PostgreSQL prints it. A float that is the one in
// want is printed as want.
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

// check wants a value to be written as it should be.
func check(t *testing.T, c *column, row int, what, want, got string) {
	if got != want {
		t.Helper()
		checkText(t, fmt.Sprintf("%s %s, value %d", what, c.Type, row), want, got)
	}
}

// checkText is cmp.Diff for megabytes: it prints the first difference.
func checkText(t *testing.T, what, want, got string) {
	if got == want {
		return
	}
	t.Helper()
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	from := max(0, at-20)
	t.Errorf("%s differs at byte %d of %d: got %.80q, want %.80q", what, at, len(want), got[from:], want[from:])
}
