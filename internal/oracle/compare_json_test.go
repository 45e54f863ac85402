package oracle

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// compareJSON wants every value to be what to_json prints, byte for byte. Cast
// to jsonb by the server, it must be what to_jsonb prints.
func compareJSON(t *testing.T, conn *pgx.Conn, tables []*wideTable, got contents) {
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
				have, want := string(row[c.Name]), reference{}
				if i < len(c.references) {
					want = c.references[i]
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

func parseJSON(t *testing.T, w *wideTable, text string) []map[string]json.RawMessage {
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

// compareLines wants each line of NDJSON to be an element of the JSON. A line
// end inside an element is only insignificant white space: NDJSON has a space there.
func compareLines(t *testing.T, tables []*wideTable, got contents) {
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
				check(t, c, i, "NDJSON", oneLine.Replace(string(element[c.Name])), string(line[c.Name]))
			}
		}
	}
}
