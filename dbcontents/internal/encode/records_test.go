package encode_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// read is all records of src; ok is false if anything in it is malformed.
func read(src []byte) (all [][]field, ok bool) {
	recs := encode.ReadRecords(src)
	for {
		r, more := recs.Next()
		if !more {
			return all, recs.OK()
		}
		fields := make([]field, 0, r.Len())
		for r.Len() > 0 {
			oid, value, ok := r.Next()
			if !ok {
				return nil, false
			}
			fields = append(fields, field{oid, value})
		}
		if !r.OK() {
			return nil, false
		}
		all = append(all, fields)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	want := [][]field{{id(1), text("")}, {}, {null(pgtype.TextOID)}}
	got, ok := read(records(record(want[0]...), record(), record(want[2]...)))
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(field{})); diff != "" || !ok {
		t.Errorf("%t (-want +got):\n%s", ok, diff)
	}
	for _, none := range [][]byte{nil, records(), join(1, 0, pgtype.ByteaOID, 0, 1)} {
		if got, ok := read(none); len(got) != 0 || !ok {
			t.Errorf("%x: %v, %t", none, got, ok)
		}
	}
}

func join(numbers ...uint32) (src []byte) {
	for _, n := range numbers {
		src = binary.BigEndian.AppendUint32(src, n)
	}
	return src
}

func TestMalformedRecords(t *testing.T) {
	t.Parallel()
	one := records(record(id(1), text("x")))
	for name, src := range map[string][]byte{
		"nothing":                   {},
		"garbage after the records": append(bytes.Clone(one), 0),
		"garbage after no records":  append(records(), 0),
		"garbage in a record":       records(append(record(id(1), text("x")), 0)),
		"a null record":             join(1, 1, pgtype.ByteaOID, 1, 1, 1<<32-1),
		"a record too few":          append(join(1, 0, pgtype.ByteaOID, 2, 1), one[20:]...),
		"far too many records":      append(join(1, 0, pgtype.ByteaOID, 1<<31-1, 1), one[20:]...),
		"a negative size":           append(join(1, 0, pgtype.ByteaOID, 1<<32-1, 1), one[20:]...),
		"two dimensions":            append(join(2, 0, pgtype.ByteaOID, 1, 1, 1, 1), one[20:]...),
		"a negative dimension":      join(1<<32-1, 0, pgtype.ByteaOID),
		"another type of elements":  append(join(1, 0, pgtype.Int4OID, 1, 1), one[20:]...),
		"a negative length":         append(join(1, 0, pgtype.ByteaOID, 1, 1, 1<<32-2), one[24:]...),
		"a long length":             append(join(1, 0, pgtype.ByteaOID, 1, 1, 1<<31-1), one[24:]...),
		"far too many fields":       records(append(join(1<<31-1), record(id(1), text("x"))[4:]...)),
		"too many fields":           records(append(join(3), record(id(1), text("x"))[4:]...)),
		"too few fields":            records(append(join(1), record(id(1), text("x"))[4:]...)),
		"another field":             records(record(id(1), text("x"), id(1))),
		"a field too few":           records(record(id(1))),
		"no field":                  records(record()),
		"another type":              records(record(id(1), id(1))),
		"another type of a null":    records(record(id(1), null(pgtype.Int4OID))),
		"a malformed value":         records(record(field{pgtype.Int4OID, []byte{1}}, text("x"))),
		"text that is not UTF-8":    records(record(id(1), text("\xff"))),
	} {
		for _, e := range []func() *encode.Embed{toMany, spread} {
			shapes := []shape{embed("many", e, inRecord("id", pgtype.Int4OID), inRecord("title", pgtype.TextOID))}
			for _, f := range []encode.Format{encode.JSON, encode.NDJSON, encode.CSV} {
				w := encode.NewWriter(f, encode.Options{}, shaped(shapes, f, encode.Options{}))
				if got := w.Row([]byte("x"), row(src), true); got != nil {
					t.Errorf("%s as %s: %q", name, f, got)
				}
			}
		}
	}
}

// Whatever is cut off or changed of a value is found, or at least harmless.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	for _, tt := range embedTests {
		for _, f := range []encode.Format{encode.JSON, encode.NDJSON, encode.CSV, encode.Text} {
			if f == encode.Text && len(tt.shapes) > 1 {
				continue
			}
			w := encode.NewWriter(f, encode.Options{}, shaped(tt.shapes, f, encode.Options{}))
			for i, v := range tt.values {
				if len(v) < 12 || strings.Contains(tt.name, "nothing") {
					continue // no records, or none that are looked at
				}
				damaged := append([][]byte(nil), tt.values...)
				for n := range v {
					damaged[i] = v[:n:n]
					if got := w.Row([]byte("x"), damaged, true); got != nil {
						t.Errorf("%s as %s, cut at %d: %q", tt.name, f, n, got)
					}
					for _, c := range []byte{0, 1, 0x7f, 0x80, 0xff} {
						damaged[i] = bytes.Clone(v)
						damaged[i][n] = c
						if got := w.Row(nil, damaged, true); f == encode.NDJSON && got != nil && !json.Valid(got) && !strings.Contains(tt.name, "json") {
							t.Errorf("%s, %#x at %d: %q", tt.name, c, n, got)
						}
					}
				}
			}
			for n := range tt.values {
				if got := w.Row([]byte("x"), tt.values[:n], true); got != nil {
					t.Errorf("%s as %s, %d values: %q", tt.name, f, n, got)
				}
			}
		}
	}
}

// FuzzRecords: what is written of any bytes is what a reader of them finds, and
// nothing if that finds them malformed.
func FuzzRecords(f *testing.F) {
	for _, src := range [][]byte{
		nil,
		{},
		records(), twoBooks, twoShelves,
		records(record(id(1), text("x")), record(null(pgtype.Int4OID), null(pgtype.TextOID))),
		records(record(id(1), text("\xff"))), records(record(id(1))), append(records(record(id(1), text("x"))), 0),
		join(1, 0, pgtype.ByteaOID, 1<<31-1, 1), join(1, 1, pgtype.ByteaOID, 1, 1, 1<<32-1),
	} {
		f.Add(src)
	}
	writer := func(shapes ...shape) encode.Writer {
		return encode.NewWriter(encode.NDJSON, encode.Options{}, shaped(shapes, encode.NDJSON, encode.Options{}))
	}
	members := []shape{inRecord("id", pgtype.Int4OID), inRecord("title", pgtype.TextOID)}
	objects, arrays := writer(embed("many", toMany, members...)), writer(embed("many", spread, members...))
	nested := writer(books, shelves)
	type book struct {
		ID    *int32  `json:"id"`
		Title *string `json:"title"`
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		all, ok := read(src)
		want, ids, titles := []book{}, []*int32{}, []*string{}
		for _, fields := range all {
			ok = ok && len(fields) == 2 && fields[0].oid == pgtype.Int4OID && fields[1].oid == pgtype.TextOID &&
				(fields[0].value == nil || len(fields[0].value) == 4) && utf8.Valid(fields[1].value)
			if !ok {
				break
			}
			var b book
			if v := fields[0].value; v != nil {
				n := int32(binary.BigEndian.Uint32(v))
				b.ID = &n
			}
			if v := fields[1].value; v != nil {
				s := string(v)
				b.Title = &s
			}
			want, ids, titles = append(want, b), append(ids, b.ID), append(titles, b.Title)
		}
		got := objects.Row([]byte{}, row(src), true)
		spread := arrays.Row([]byte{}, row(src), true)
		if (got != nil) != ok || (spread != nil) != ok {
			t.Fatalf("%x: %q, %q, want any: %t", src, got, spread, ok)
		}
		if ok {
			var back struct{ Many []book }
			if err := json.Unmarshal(got, &back); err != nil || !cmp.Equal(back.Many, want) {
				t.Errorf("%x became %s: %v", src, got, err)
			}
			var columns struct {
				ID    []*int32
				Title []*string
			}
			if err := json.Unmarshal(spread, &columns); err != nil || !cmp.Equal(columns.ID, ids) || !cmp.Equal(columns.Title, titles) {
				t.Errorf("%x became %s: %v", src, spread, err)
			}
		}
		for _, values := range [][][]byte{row(src, twoShelves), row(twoBooks, src)} {
			if got := nested.Row([]byte{}, values, true); got != nil && !json.Valid(got) {
				t.Errorf("%x became %s", src, got)
			}
		}
	})
}

// What the server sends of every type is what its own to_json makes of it.
func TestInRecordIsTheServers(t *testing.T) {
	t.Parallel()
	conn := pgtest.New(t).Conn()
	if _, err := conn.Exec(t.Context(), "SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	columns := []struct {
		oid uint32
		sql string
	}{
		{pgtype.BoolOID, "true"},
		{pgtype.Int2OID, "(-2)::int2"},
		{pgtype.Int4OID, "4"},
		{pgtype.Int8OID, "8::int8"},
		{pgtype.NumericOID, "-1234567.890"},
		{pgtype.NumericOID, "'NaN'::numeric"},
		{pgtype.DateOID, "date '2024-02-29'"},
		{pgtype.TimestampOID, "timestamp '2024-02-29 12:34:56.789'"},
		{pgtype.TimestamptzOID, "timestamptz '2024-02-29 12:34:56+02'"},
		{pgtype.UUIDOID, "uuid '01234567-89ab-cdef-0123-456789abcdef'"},
		{pgtype.ByteaOID, `'\x00ff'::bytea`},
		{pgtype.TextOID, `E'a "quoted"\nline'::text`},
		{pgtype.VarcharOID, "'v'::varchar"},
		{pgtype.BPCharOID, "'c'::char(3)"},
		{pgtype.NameOID, "'n'::name"},
		{pgtype.JSONOID, `'{"a" : [1]}'::json`},
		{pgtype.JSONBOID, `'{"a" : [1]}'::jsonb`},
		{pgtype.Int4OID, "NULL::int4"},
	}
	var values, objects []string
	var members []shape
	for i, c := range columns {
		name := string(rune('a' + i))
		values, members = append(values, c.sql), append(members, inRecord(name, c.oid))
		objects = append(objects, `'"`+name+`":' || coalesce(to_json(`+c.sql+`)::text, 'null')`)
	}
	sql := "SELECT array_agg(record_send(ROW(" + strings.Join(values, ", ") + ", (SELECT array_agg(record_send(ROW(n))) FROM generate_series(1, g) n))) ORDER BY g) FROM generate_series(0, 2) g"
	result := conn.PgConn().ExecParams(t.Context(), sql, nil, nil, nil, []int16{encode.BinaryForm}).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	if oid := result.FieldDescriptions[0].DataTypeOID; oid != pgtype.ByteaArrayOID {
		t.Fatalf("type %d", oid)
	}
	var object string
	if err := conn.QueryRow(t.Context(), "SELECT "+strings.Join(objects, ` || ',' || `)).Scan(&object); err != nil {
		t.Fatal(err)
	}
	members = append(members, embed("m", toMany, inRecord("n", pgtype.Int4OID)))
	want := `{"many":[{` + object + `,"m":[]},{` + object + `,"m":[{"n":1}]},{` + object + `,"m":[{"n":1},{"n":2}]}]}` + "\n"
	w := encode.NewWriter(encode.NDJSON, encode.Options{}, shaped([]shape{embed("many", toMany, members...)}, encode.NDJSON, encode.Options{}))
	if diff := cmp.Diff(want, string(w.Row(nil, result.Rows[0], true))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNotInRecord(t *testing.T) {
	t.Parallel()
	for _, oid := range []uint32{0, pgtype.Float4OID, pgtype.Float8OID, pgtype.Int4ArrayOID, pgtype.InetOID, pgtype.RecordOID, pgtype.RecordArrayOID} {
		if encode.InRecord(oid, encode.JSON, encode.Options{}) != nil {
			t.Errorf("type %d has an encoder", oid)
		}
	}
	jsonb := encode.InRecord(pgtype.JSONBOID, encode.JSON, encode.Options{})
	for _, src := range []string{"", "\x02{}", "{}", "\x01\"\xff\""} {
		if got := jsonb(nil, []byte(src)); got != nil {
			t.Errorf("jsonb %q became %q", src, got)
		}
	}
}
