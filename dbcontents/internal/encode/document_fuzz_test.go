package encode

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

// FuzzDocument: a whole answer, with any names of columns and any values, is
// what the standard library's decoders take it for.
func FuzzDocument(f *testing.F) {
	f.Add("id", "plain", []byte(`{"a": [1, null]}`))
	f.Add(`a"b,c`, "line\r\nend", []byte("[1,\r\n 1e999]"))
	f.Add("=1+1", "=cmd|' /C calc'!A0", []byte("null"))
	f.Add("__proto__", "-1", []byte(`"\u2028"`))
	f.Add("\t", "\t", []byte("{"))
	f.Add(";|", "@;|\t", []byte(" \n1\n"))
	f.Add("", "", []byte(nil))
	f.Fuzz(func(t *testing.T, name, value string, document []byte) {
		if !utf8.ValidString(name) || !utf8.ValidString(value) || strings.Contains(name+value, "\x00") {
			t.Skip("PostgreSQL has no such text")
		}
		if !json.Valid(document) || !utf8.Valid(document) {
			document = nil
		}
		names, oids := []string{name, name + "2", name + "3"}, []uint32{pgtype.TextOID, pgtype.JSONOID, pgtype.TextOID}
		values := [][]byte{[]byte(value), document, nil}
		written := func(f Format, o Options) string {
			members := make([]Member, len(oids))
			for i, oid := range oids {
				members[i].Name = names[i]
				_, members[i].Encode = For(oid, f, o)
			}
			w := NewWriter(f, o, members)
			text := w.Row(w.Begin(nil), values, true)
			if text == nil {
				t.Fatalf("%s with %+v is refused", f, o)
			}
			if !o.Object {
				text = w.Row(text, values, false)
			}
			return string(w.End(text))
		}
		want := map[string]any{name: value, name + "2": decoded(t, document), name + "3": nil}
		stripped := map[string]any{name: value}
		if v := decoded(t, document); v != nil {
			stripped[name+"2"] = v
		}
		for _, tt := range []struct {
			o    Options
			want any
		}{
			{Options{}, []any{want, want}},
			{Options{StripNulls: true}, []any{stripped, stripped}},
			{Options{Object: true}, want},
		} {
			if text := written(JSON, tt.o); !reflect.DeepEqual(decoded(t, []byte(text)), tt.want) {
				t.Errorf("%+v: %s is not %v", tt.o, text, tt.want)
			}
		}
		lines := strings.SplitAfter(written(NDJSON, Options{}), "\n")
		if len(lines) != 3 || lines[2] != "" {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
		for _, line := range lines[:2] {
			if !reflect.DeepEqual(decoded(t, []byte(line)), any(want)) {
				t.Errorf("%s is not %v", line, want)
			}
		}
		for _, separator := range []byte(separators) {
			for _, safe := range []bool{false, true} {
				text := written(CSV, Options{Separator: separator, SpreadsheetSafe: safe})
				r := csv.NewReader(strings.NewReader(text))
				r.Comma = rune(separator)
				records, err := r.ReadAll()
				header := []string{field(name, safe), field(name+"2", safe), field(name+"3", safe)}
				record := []string{field(value, safe), field(string(document), safe), ""}
				if err != nil || !reflect.DeepEqual(records, [][]string{header, record, record}) {
					t.Errorf("%q is %q, %v, and not %q and %q", text, records, err, header, record)
				}
			}
		}
	})
}

// decoded keeps all digits of numbers; nothing is null.
func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one value: %s", text)
	}
	return v
}

// field is a field as encoding/csv reads it, which takes a line feed for CR LF.
// Which text may be a formula has tests of its own.
func field(text string, safe bool) string {
	if safe && mayBeFormula([]byte(text)) {
		text = "'" + text
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}
