package oracle

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// compareCSV wants every field to be what the output function prints, and null to
// be an empty field without quotes. encoding/csv must read the same fields.
func compareCSV(t *testing.T, tables []*wideTable, got contents) {
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
				if i < len(c.references) && c.references[i].json != nil {
					want = c.references[i].plain
				}
				check(t, c, i, "CSV", want, record[j+1])
			}
		}
	}
}

// null is what parseCSV returns for an empty field without quotes. No value is
// equal to it, since text in PostgreSQL cannot contain a zero byte.
const null = "\x00"

// parseCSV accepts what RFC 4180 allows and nothing else.
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
					t.Fatal("a quoted field does not end")
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

// compareText wants one line for each value of a column, and an empty line for null.
func compareText(t *testing.T, store *dbcontents.Store, tables []*wideTable) {
	for _, w := range tables {
		for _, c := range w.columns {
			var want strings.Builder
			for _, r := range c.references {
				want.WriteString(r.plain + "\n")
			}
			want.WriteString(strings.Repeat("\n", w.rows-len(c.references)))
			checkText(t, "text "+c.Type, want.String(), write(t, store, w.query(dbcontents.Text, c.Name)))
		}
	}
}
