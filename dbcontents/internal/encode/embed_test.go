package encode_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A field is one of a record; without a value it is null.
type field struct {
	oid   uint32
	value []byte
}

func record(fields ...field) []byte {
	src := binary.BigEndian.AppendUint32(nil, uint32(len(fields)))
	for _, f := range fields {
		src = appendSized(binary.BigEndian.AppendUint32(src, f.oid), f.value)
	}
	return src
}

// records is the binary form of a record[]; of none, it is the empty array.
func records(records ...[]byte) []byte {
	header := []uint32{1, 0, pgtype.ByteaOID, uint32(len(records)), 1}
	if len(records) == 0 {
		header = []uint32{0, 0, pgtype.ByteaOID}
	}
	var src []byte
	for _, n := range header {
		src = binary.BigEndian.AppendUint32(src, n)
	}
	for _, r := range records {
		src = appendSized(src, r)
	}
	return src
}

func appendSized(src, value []byte) []byte {
	if value == nil {
		return append(src, 0xff, 0xff, 0xff, 0xff)
	}
	return append(binary.BigEndian.AppendUint32(src, uint32(len(value))), value...)
}

func integer(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func id(n int) field                { return field{pgtype.Int4OID, integer(n)} }
func text(s string) field           { return field{pgtype.TextOID, []byte(s)} }
func document(s string) field       { return field{pgtype.JSONOID, []byte(s)} }
func many(recs ...[]byte) field     { return field{pgtype.ByteaArrayOID, records(recs...)} }
func null(oid uint32) field         { return field{oid: oid} }
func marker(isThere bool) field     { return field{pgtype.BoolOID, there(isThere)} }
func row(values ...[]byte) [][]byte { return values }

// there is the marker of a row that there is, or is not.
func there(isThere bool) []byte {
	if isThere {
		return []byte{1}
	}
	return nil
}

// A shape makes the members of a row, whose columns are written for a format.
type shape func(f encode.Format, o encode.Options) encode.Member

func column(name string, oid uint32) shape {
	return func(f encode.Format, o encode.Options) encode.Member {
		_, encoder := encode.For(oid, f, o)
		return encode.Member{Name: name, Encode: encoder}
	}
}

// inRecord is a column that lies in a record.
func inRecord(name string, oid uint32) shape {
	return func(f encode.Format, o encode.Options) encode.Member {
		return encode.Member{Name: name, Encode: encode.InRecord(oid, f, o), OID: oid}
	}
}

func embed(name string, e func() *encode.Embed, members ...shape) shape {
	return func(f encode.Format, o encode.Options) encode.Member {
		if f != encode.NDJSON {
			f = encode.JSON
		}
		m := encode.Member{Name: name, Embed: e()}
		if m.Embed.Many {
			m.OID = pgtype.ByteaArrayOID
		}
		m.Embed.Members = shaped(members, f, o)
		return m
	}
}

func shaped(shapes []shape, f encode.Format, o encode.Options) []encode.Member {
	members := make([]encode.Member, len(shapes))
	for i, s := range shapes {
		members[i] = s(f, o)
	}
	return members
}

func toOne() *encode.Embed  { return &encode.Embed{} }
func toMany() *encode.Embed { return &encode.Embed{Many: true} }
func spread() *encode.Embed { return &encode.Embed{Many: true, Spread: true} }

var (
	author = embed("author", toOne, column("id", pgtype.Int4OID), column("name", pgtype.TextOID))
	// books hold an author each.
	books = embed("books", toMany, inRecord("id", pgtype.Int4OID),
		embed("author", toOne, inRecord("id", pgtype.Int4OID), inRecord("name", pgtype.TextOID)),
		inRecord("note", pgtype.TextOID))
	spreadBooks = embed("books", spread, inRecord("id", pgtype.Int4OID), inRecord("title", pgtype.TextOID))
	// publisher is one row with many in it.
	publisher = embed("publisher", toOne, column("id", pgtype.Int4OID), books, column("name", pgtype.TextOID))
	// shelves are spread in spread, with every other kind of member beside.
	shelves = embed("shelves", spread, inRecord("shelf", pgtype.Int4OID),
		embed("author", toOne, inRecord("id", pgtype.Int4OID), inRecord("name", pgtype.TextOID)),
		embed("books", spread, inRecord("book", pgtype.Int4OID),
			embed("tags", toMany, inRecord("tag", pgtype.TextOID)),
			embed("pages", spread, inRecord("page", pgtype.Int4OID))),
		embed("notes", toMany, inRecord("note", pgtype.TextOID)),
		inRecord("room", pgtype.TextOID))
)

var twoBooks = records(
	record(id(1), marker(true), id(7), text(`Ann "A"`), null(pgtype.TextOID)),
	record(id(2), marker(false), null(pgtype.Int4OID), null(pgtype.TextOID), text("")))

var twoShelves = records(
	record(
		id(1), marker(true), id(7), text("Ann"),
		many(
			record(id(11), many(record(text("x")), record(text("y"))), many(record(id(111)), record(id(112)))),
			record(id(12), many(), null(pgtype.ByteaArrayOID))),
		many(record(text("n"))), text("hall")),
	record(
		id(2), marker(false), null(pgtype.Int4OID), null(pgtype.TextOID),
		null(pgtype.ByteaArrayOID), null(pgtype.ByteaArrayOID), null(pgtype.TextOID)))

const twoShelvesJSON = `"shelf":[1,2],"author":[{"id":7,"name":"Ann"},null],` +
	`"book":[[11,12],[]],"tags":[[[{"tag":"x"},{"tag":"y"}],[]],[]],"page":[[[111,112],[]],[]],` +
	`"notes":[[{"note":"n"}],[]],"room":["hall",null]`

var embedTests = []struct {
	name    string
	shapes  []shape
	values  [][]byte
	object  string // as JSON
	strip   string // as JSON without nulls, if that is something else
	csv     string // record
	headers string // of CSV
}{
	{
		name: "to-one", shapes: []shape{column("id", pgtype.Int4OID), author, column("note", pgtype.TextOID)},
		values: row(integer(1), there(true), integer(7), []byte("Ann"), []byte("a,b")),
		object: `{"id":1,"author":{"id":7,"name":"Ann"},"note":"a,b"}`,
		csv:    `1,"{""id"":7,""name"":""Ann""}","a,b"`, headers: "id,author,note",
	},
	{
		name: "to-one of nulls", shapes: []shape{author}, values: row(there(true), nil, nil),
		object: `{"author":{"id":null,"name":null}}`, strip: `{"author":{}}`,
		csv: `"{""id"":null,""name"":null}"`, headers: "author",
	},
	{
		name: "no to-one", shapes: []shape{author, column("note", pgtype.TextOID)},
		values: row(nil, nil, nil, []byte("n")),
		object: `{"author":null,"note":"n"}`, strip: `{"note":"n"}`, csv: `,n`, headers: "author,note",
	},
	{
		name: "no to-one, whose values are there", shapes: []shape{author, column("note", pgtype.TextOID)},
		values: row(nil, integer(7), []byte("Ann"), []byte("n")),
		object: `{"author":null,"note":"n"}`, strip: `{"note":"n"}`, csv: `,n`, headers: "author,note",
	},
	{
		name: "to-many with to-one", shapes: []shape{column("id", pgtype.Int4OID), books}, values: row(integer(1), twoBooks),
		object: `{"id":1,"books":[{"id":1,"author":{"id":7,"name":"Ann \"A\""},"note":null},{"id":2,"author":null,"note":""}]}`,
		strip:  `{"id":1,"books":[{"id":1,"author":{"id":7,"name":"Ann \"A\""}},{"id":2,"note":""}]}`,
		csv: `1,"[{""id"":1,""author"":{""id"":7,""name"":""Ann \""A\""""},""note"":null},` +
			`{""id"":2,""author"":null,""note"":""""}]"`, headers: "id,books",
	},
	{
		name: "to-many of null", shapes: []shape{books}, values: row(nil),
		object: `{"books":[]}`, csv: `[]`, headers: "books",
	},
	{
		name: "to-many of no dimension", shapes: []shape{books, column("id", pgtype.Int4OID)}, values: row(records(), integer(1)),
		object: `{"books":[],"id":1}`, csv: `[],1`, headers: "books,id",
	},
	{
		name: "to-many in to-one", shapes: []shape{publisher, column("id", pgtype.Int4OID)},
		values: row(there(true), integer(3), twoBooks, []byte("P"), integer(1)),
		object: `{"publisher":{"id":3,"books":[{"id":1,"author":{"id":7,"name":"Ann \"A\""},"note":null},` +
			`{"id":2,"author":null,"note":""}],"name":"P"},"id":1}`,
		strip: `{"publisher":{"id":3,"books":[{"id":1,"author":{"id":7,"name":"Ann \"A\""}},` +
			`{"id":2,"note":""}],"name":"P"},"id":1}`,
		csv: `"{""id"":3,""books"":[{""id"":1,""author"":{""id"":7,""name"":""Ann \""A\""""},""note"":null},` +
			`{""id"":2,""author"":null,""note"":""""}],""name"":""P""}",1`, headers: "publisher,id",
	},
	{
		name: "spread", shapes: []shape{column("id", pgtype.Int4OID), spreadBooks, column("note", pgtype.TextOID)},
		values: row(integer(1), records(record(id(1), text("x")), record(id(2), null(pgtype.TextOID))), nil),
		object: `{"id":1,"id":[1,2],"title":["x",null],"note":null}`,
		strip:  `{"id":1,"id":[1,2],"title":["x",null]}`,
		csv:    `1,"[1,2]","[""x"",null]",`, headers: "id,id,title,note",
	},
	{
		name: "spread of null", shapes: []shape{spreadBooks}, values: row(nil),
		object: `{"id":[],"title":[]}`, csv: `[],[]`, headers: "id,title",
	},
	{
		name: "spread of no dimension", shapes: []shape{spreadBooks}, values: row(records()),
		object: `{"id":[],"title":[]}`, csv: `[],[]`, headers: "id,title",
	},
	{
		name: "spread in spread", shapes: []shape{shelves, column("id", pgtype.Int4OID)}, values: row(twoShelves, integer(1)),
		object: `{` + twoShelvesJSON + `,"id":1}`,
		csv: `"[1,2]","[{""id"":7,""name"":""Ann""},null]","[[11,12],[]]",` +
			`"[[[{""tag"":""x""},{""tag"":""y""}],[]],[]]","[[[111,112],[]],[]]","[[{""note"":""n""}],[]]","[""hall"",null]",1`,
		headers: "shelf,author,book,tags,page,notes,room,id",
	},
	{
		name:   "spread in to-one and to-many",
		shapes: []shape{embed("one", toOne, shelves, embed("many", toMany, shelves))},
		values: row(there(true), twoShelves, records(record(field{pgtype.ByteaArrayOID, twoShelves}))),
		object: `{"one":{` + twoShelvesJSON + `,"many":[{` + twoShelvesJSON + `}]}}`, headers: "one",
	},
	{
		name:   "nothing is selected",
		shapes: []shape{embed("one", toOne), embed("none", spread), embed("many", toMany), embed("none", toOne)},
		values: row(there(true), records(record()), records(record(), record()), nil),
		object: `{"one":{},"many":[{},{}],"none":null}`, strip: `{"one":{},"many":[{},{}]}`,
		csv: `{},"[{},{}]",`, headers: "one,many,none",
	},
	{
		name: "only a spread of nothing", shapes: []shape{embed("none", spread)}, values: row(records(record())),
		object: `{}`,
	},
	{
		name:   "json with line ends and nulls",
		shapes: []shape{column("id", pgtype.Int4OID), embed("many", toMany, inRecord("doc", pgtype.JSONOID))},
		values: row(integer(1), records(record(document("{\"a\":\n1}")), record(document("null")), record(document(`{"b": null}`)))),
		object: "{\"id\":1,\"many\":[{\"doc\":{\"a\":\n1}},{\"doc\":null},{\"doc\":{\"b\": null}}]}",
		strip:  `{"id":1,"many":[{"doc":{"a":1}},{},{"doc":{}}]}`,
		csv:    "1,\"[{\"\"doc\"\":{\"\"a\"\":\n1}},{\"\"doc\"\":null},{\"\"doc\"\":{\"\"b\"\": null}}]\"", headers: "id,many",
	},
}

// written is a document of the same row twice, or once if it is an object; the
// text before it must be left alone.
func written(t *testing.T, f encode.Format, o encode.Options, shapes []shape, values [][]byte) string {
	t.Helper()
	w := encode.NewWriter(f, o, shaped(shapes, f, o))
	dst := w.Row(w.Begin([]byte("before ")), values, true)
	if !o.Object && dst != nil {
		dst = w.Row(dst, values, false)
	}
	if dst == nil {
		t.Fatalf("%s with %+v: malformed", f, o)
	}
	return string(w.End(dst))
}

func TestEmbeds(t *testing.T) {
	t.Parallel()
	for _, tt := range embedTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			strip := tt.strip
			if strip == "" {
				strip = tt.object
			}
			line := oneLine(tt.object)
			for _, w := range []struct {
				f    encode.Format
				o    encode.Options
				want string
			}{
				{encode.JSON, encode.Options{}, "[" + tt.object + ",\n" + tt.object + "]\n"},
				{encode.JSON, encode.Options{StripNulls: true}, "[" + strip + ",\n" + strip + "]\n"},
				{encode.JSON, encode.Options{Object: true}, tt.object + "\n"},
				{encode.JSON, encode.Options{Object: true, StripNulls: true}, strip + "\n"},
				{encode.NDJSON, encode.Options{}, line + "\n" + line + "\n"},
				{encode.NDJSON, encode.Options{StripNulls: true}, strip + "\n" + strip + "\n"},
			} {
				if diff := cmp.Diff("before "+w.want, written(t, w.f, w.o, tt.shapes, tt.values)); diff != "" {
					t.Errorf("%s with %+v (-want +got):\n%s", w.f, w.o, diff)
				}
			}
			if tt.csv == "" {
				return
			}
			got := written(t, encode.CSV, encode.Options{}, tt.shapes, tt.values)
			if diff := cmp.Diff("before "+tt.headers+"\r\n"+tt.csv+"\r\n"+tt.csv+"\r\n", got); diff != "" {
				t.Errorf("CSV (-want +got):\n%s", diff)
			}
		})
	}
}

func oneLine(s string) string {
	line := []byte(s)
	for i, c := range line {
		if c == '\n' {
			line[i] = ' '
		}
	}
	return string(line)
}

func TestEmbedsAsCSVWithOptions(t *testing.T) {
	t.Parallel()
	shapes := []shape{author, spreadBooks, books}
	values := row(there(true), integer(7), []byte("=1|"), records(record(id(1), text("=x"))), nil)
	for _, tt := range []struct {
		o    encode.Options
		want string
	}{
		{encode.Options{Separator: '|'}, "author|id|title|books\r\n" + `"{""id"":7,""name"":""=1|""}"|[1]|"[""=x""]"|[]` + "\r\n"},
		{encode.Options{SpreadsheetSafe: true}, `"author","id","title","books"` + "\r\n" + `"{""id"":7,""name"":""=1|""}","[1]","[""=x""]","[]"` + "\r\n"},
	} {
		w := encode.NewWriter(encode.CSV, tt.o, shaped(shapes, encode.CSV, tt.o))
		if diff := cmp.Diff(tt.want, string(w.Row(w.Begin(nil), values, true))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.o, diff)
		}
	}
}

func TestEmbedAsText(t *testing.T) {
	t.Parallel()
	docs := embed("many", toMany, inRecord("doc", pgtype.JSONOID))
	for _, tt := range []struct {
		name   string
		shape  shape
		values [][]byte
		want   string
	}{
		{"to-one", author, row(there(true), integer(7), []byte("Ann")), `{"id":7,"name":"Ann"}`},
		{"no to-one", author, row(nil, nil, nil), ""},
		{"to-many", docs, row(records(record(document("[1,\r\n2]")))), `[{"doc":[1,  2]}]`},
		{"no rows", docs, row(nil), `[]`},
		{"spread", embed("ids", spread, inRecord("id", pgtype.Int4OID)), row(records(record(id(1)), record(id(2)))), `[1,2]`},
		{"spread of nothing", embed("none", spread), row(nil), ""},
	} {
		want := "before " + tt.want + "\n" + tt.want + "\n"
		if diff := cmp.Diff(want, written(t, encode.Text, encode.Options{}, []shape{tt.shape}, tt.values)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestNumbersAsStringsInEmbeds(t *testing.T) {
	t.Parallel()
	o := encode.Options{NumbersAsStrings: true}
	shapes := []shape{
		embed("one", toOne, column("n", pgtype.Int8OID), column("i", pgtype.Int4OID)),
		embed("many", toMany, inRecord("n", pgtype.Int8OID), inRecord("d", pgtype.NumericOID)),
	}
	eight := []byte{0, 0, 0, 0, 0, 0, 0, 8}
	values := row(there(true), eight, integer(4), records(record(field{pgtype.Int8OID, eight}, field{pgtype.NumericOID, []byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 5}})))
	want := `before {"one":{"n":"8","i":4},"many":[{"n":"8","d":"5"}]}` + "\n"
	o.Object = true
	if diff := cmp.Diff(want, written(t, encode.JSON, o, shapes, values)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One column of a row by itself is what the row has of it.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range embedTests {
		rest := tt.values
		for _, m := range shaped(tt.shapes, encode.JSON, encode.Options{}) {
			w := encode.NewWriter(encode.NDJSON, encode.Options{}, []encode.Member{m})
			object := json.NewDecoder(bytes.NewReader(w.Row([]byte{}, rest[:m.Values()], true)))
			if _, err := object.Token(); err != nil {
				t.Fatal(err)
			}
			for column := range m.Columns() {
				var want json.RawMessage
				if _, err := object.Token(); err != nil { // the name
					t.Fatal(err)
				}
				if err := object.Decode(&want); err != nil {
					t.Fatal(err)
				}
				if got, _ := m.AppendJSON([]byte("x"), column, rest, 0); string(got) != "x"+string(want) {
					t.Errorf("%s: column %d of %q is %s, want x%s", tt.name, column, m.Name, got, want)
				}
			}
			if object.More() {
				t.Errorf("%s: %q has more columns than it says", tt.name, m.Name)
			}
			rest = rest[m.Values():]
		}
		if len(rest) != 0 {
			t.Errorf("%s: %d values are left", tt.name, len(rest))
		}
	}
}

func TestEmbedsDoNotAllocate(t *testing.T) { // not parallel: others would be counted
	for _, tt := range embedTests {
		for _, f := range []encode.Format{encode.JSON, encode.NDJSON, encode.CSV} {
			for _, o := range []encode.Options{{}, {StripNulls: true}} {
				if o.Check(f) != "" {
					continue
				}
				members := shaped(tt.shapes, f, o)
				w := encode.NewWriter(f, o, members)
				dst := make([]byte, 0, 8<<10)
				if n := testing.AllocsPerRun(100, func() { dst = w.Row(dst[:0], tt.values, false) }); n != 0 || dst == nil {
					t.Errorf("%s as %s: %v allocations, %q", tt.name, f, n, dst)
				}
				if members[0].Columns() == 0 {
					continue
				}
				if n := testing.AllocsPerRun(100, func() { dst, _ = members[0].AppendJSON(dst[:0], 0, tt.values, 0) }); n != 0 || dst == nil {
					t.Errorf("%s, first member: %v allocations, %q", tt.name, n, dst)
				}
			}
		}
	}
}

func BenchmarkEmbeds(b *testing.B) {
	for _, tt := range embedTests {
		w := encode.NewWriter(encode.JSON, encode.Options{}, shaped(tt.shapes, encode.JSON, encode.Options{}))
		b.Run(tt.name, func(b *testing.B) {
			dst := make([]byte, 0, 8<<10)
			b.ReportAllocs()
			for b.Loop() {
				dst = w.Row(dst[:0], tt.values, false)
			}
		})
	}
}

// A row that is within Most is written as without it, and any other one is too long, but by no more
// than a value and its name.
func TestMost(t *testing.T) {
	t.Parallel()
	for _, tt := range embedTests {
		for _, f := range []encode.Format{encode.JSON, encode.NDJSON, encode.CSV, encode.Text} {
			for _, o := range []encode.Options{{}, {StripNulls: true}} {
				if o.Check(f) != "" {
					continue
				}
				w := encode.NewWriter(f, o, shaped(tt.shapes, f, o))
				whole := string(w.Row([]byte("before "), tt.values, true))
				for most := 1; most < len(whole)+3; most++ {
					w.Most = most
					got := string(w.Row([]byte("before "), tt.values, true))
					if within := len(whole)-len("before ") <= most; within && got != whole || !within && len(got)-len("before ") <= most {
						t.Fatalf("%s as %s, most %d of %d: %q, without it %q", tt.name, f, most, len(whole)-7, got, whole)
					}
				}
			}
		}
	}
}
