package arrow_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	arrowgo "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/arrow"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

func TestMain(m *testing.M) { testmain.Run(m, 4) }

func open(t testing.TB, sql ...string) (*dbcontents.Store, *pgtest.DB) {
	t.Helper()
	db := pgtest.New(t, sql...)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, AllTables: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store, db
}

func write(t testing.TB, store *dbcontents.Store, q dbcontents.Query, w io.Writer) (int64, error) {
	t.Helper()
	q.Format = dbcontents.Wire
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return arrow.WriteTo(rows, w)
}

// read reads a stream: its schema, and the text of every value.
func read(stream io.Reader) (schema *arrowgo.Schema, rows [][]string, err error) {
	reader, err := ipc.NewReader(stream)
	if err != nil {
		return nil, nil, err
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			var row []string
			for _, column := range batch.Columns() {
				row = append(row, text(column, i))
			}
			rows = append(rows, row)
		}
	}
	return reader.Schema(), rows, reader.Err()
}

// text is a value in the words of the references of TestEveryType.
func text(column arrowgo.Array, i int) string {
	if column.IsNull(i) {
		return "NULL"
	}
	switch c := column.(type) {
	case array.ExtensionArray:
		return text(c.Storage(), i)
	case *array.Float32:
		return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, math.Float32bits(c.Value(i))))
	case *array.Float64:
		return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, math.Float64bits(c.Value(i))))
	case *array.Date32:
		return fmt.Sprint(int32(c.Value(i)))
	case *array.Time64:
		return fmt.Sprint(int64(c.Value(i)))
	case *array.Timestamp:
		return fmt.Sprint(int64(c.Value(i)))
	case *array.MonthDayNanoInterval:
		v := c.Value(i)
		b := binary.BigEndian.AppendUint64(nil, uint64(v.Nanoseconds/1000))
		return hex.EncodeToString(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(v.Days)), uint32(v.Months)))
	case *array.Binary:
		return hex.EncodeToString(c.Value(i))
	case *array.FixedSizeBinary:
		return hex.EncodeToString(c.Value(i))
	case *array.String:
		return c.Value(i)
	case *array.Decimal128:
		return c.Value(i).ToString(c.DataType().(*arrowgo.Decimal128Type).Scale)
	case *array.Decimal256:
		return c.Value(i).ToString(c.DataType().(*arrowgo.Decimal256Type).Scale)
	case *array.List:
		var list []string
		start, end := c.ValueOffsets(i)
		for at := start; at < end; at++ {
			list = append(list, text(c.ListValues(), int(at)))
		}
		return strings.Join(list, "|")
	}
	return column.ValueStr(i)
}

// A stream has the schema that is documented.
func TestSchema(t *testing.T) {
	t.Parallel()
	store, _ := open(t, `CREATE DOMAIN price AS numeric(10,2); CREATE TYPE pair AS (a int, b text); CREATE TYPE mood AS ENUM ('glad');
		CREATE TABLE typed (i2 int2, i4 int4, i8 int8, o oid, f4 float4, f8 float8, b bool, n numeric, n2 numeric(10,2), n0 numeric(5), n76 numeric(76,10), n99 numeric(99,1), dom price,
			d date, t time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, by bytea, tx text, vc varchar(3), j json, jb jsonb, ia int4[], ta text[], na numeric[], ua uuid[],
			jba jsonb[], ca pair[], p pair, m mood, r int4range, ip inet)`)
	var b bytes.Buffer
	if _, err := write(t, store, dbcontents.Query{Table: "typed"}, &b); err != nil {
		t.Fatal(err)
	}
	schema, rows, err := read(&b)
	if err != nil || len(rows) != 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := map[string]string{
		"i2": "int16", "i4": "int32", "i8": "int64", "o": "uint32", "f4": "float32", "f8": "float64", "b": "bool", "n": "utf8", "n2": "decimal(10, 2)", "n0": "decimal(5, 0)",
		"n76": "decimal256(76, 10)", "n99": "utf8", "dom": "utf8", "d": "date32", "t": "time64[us]", "tz": "utf8", "ts": "timestamp[us]", "tstz": "timestamp[us, tz=UTC]",
		"iv": "month_day_nano_interval", "u": "uuid", "by": "binary", "tx": "utf8", "vc": "utf8", "j": "json", "jb": "json", "ia": "list<item: int32, nullable>",
		"ta": "list<item: utf8, nullable>", "na": "list<item: utf8, nullable>", "ua": "list<uuid>", "jba": "json", "ca": "json", "p": "json", "m": "utf8", "r": "utf8", "ip": "utf8",
	}
	for _, f := range schema.Fields() {
		got := f.Type.String()
		if name, ok := f.Metadata.GetValue("ARROW:extension:name"); ok {
			got = strings.TrimPrefix(name, "arrow.")
		}
		if list, ok := f.Type.(*arrowgo.ListType); ok {
			if name, ok := list.ElemField().Metadata.GetValue("ARROW:extension:name"); ok {
				got = "list<" + strings.TrimPrefix(name, "arrow.") + ">"
			}
		}
		if ext, ok := f.Type.(arrowgo.ExtensionType); ok {
			got = strings.TrimPrefix(ext.ExtensionName(), "arrow.")
		}
		if got != want[f.Name] || !f.Nullable {
			t.Errorf("%s is %s, want %s", f.Name, got, want[f.Name])
		}
	}
}

// Batches follow each other, memory does not grow, and what is written is counted.
func TestManyRows(t *testing.T) {
	t.Parallel()
	store, _ := open(t, "CREATE VIEW many AS SELECT i AS id, repeat('v', 100) AS v FROM generate_series(1, 400000) i")
	var peak uint64
	blocks, bytes := 0, int64(0)
	n, err := write(t, store, dbcontents.Query{Table: "many"}, writerFunc(func(b []byte) (int, error) {
		if blocks++; blocks%50 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
		bytes += int64(len(b))
		return len(b), nil
	}))
	if err != nil || n != bytes || n < 400000*104 {
		t.Errorf("%d bytes, %d seen, %v", n, bytes, err)
	}
	if peak > 64<<20 {
		t.Errorf("the heap grew to %d MiB", peak>>20)
	}
	t.Logf("%d bytes in %d blocks, heap at most %d KiB", n, blocks, peak>>10)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// What fails early leaves the writer as it was, and what fails later cannot be read as a whole.
func TestCutShort(t *testing.T) {
	t.Parallel()
	store, _ := open(t, `CREATE VIEW early AS SELECT i AS id, 1 / (100 - i) AS v FROM generate_series(1, 200) i;
		CREATE VIEW late AS SELECT i AS id, 1 / (90000 - i) AS v FROM generate_series(1, 100000) i`)
	var b bytes.Buffer
	if n, err := write(t, store, dbcontents.Query{Table: "early"}, &b); n != 0 || b.Len() != 0 || err == nil {
		t.Errorf("early: %d bytes, %v", n, err)
	}
	n, err := write(t, store, dbcontents.Query{Table: "late"}, &b)
	var e *dbcontents.Error
	if n != int64(b.Len()) || n == 0 || !errors.As(err, &e) || e.Code != "value_failed" {
		t.Fatalf("late: %d bytes, %v", n, err)
	}
	if _, rows, err := read(&b); err == nil || len(rows) == 0 {
		t.Errorf("late: %d rows look whole", len(rows))
	}
	mine := errors.New("full")
	_, err = write(t, store, dbcontents.Query{Table: "late"}, writerFunc(func([]byte) (int, error) { return 0, mine }))
	if !errors.Is(err, mine) || !errors.As(err, &e) || e.Code != "writer_failed" || !errors.Is(err, dbcontents.ErrInterrupted) {
		t.Errorf("a writer: %v", err)
	}
}

// What Arrow has no place for is refused, with the column and without the value.
func TestRefused(t *testing.T) {
	t.Parallel()
	store, _ := open(t, `CREATE TABLE odd (id int, deep int[], nan numeric(4,1), late timestamp, long interval);
		INSERT INTO odd VALUES (1, '{{1,2},{3,4}}', NULL, NULL, NULL), (2, NULL, 'NaN', NULL, NULL), (3, NULL, NULL, '294276-12-31', NULL), (4, NULL, NULL, NULL, '2562048 hours')`)
	for id, says := range map[int]string{1: `column "deep" has an array`, 2: `column "nan" has a number`, 3: `column "late" has a timestamp`, 4: `column "long" has an interval`} {
		var b bytes.Buffer
		_, err := write(t, store, dbcontents.Query{Table: "odd", Where: dbcontents.Where("id", dbcontents.OpEq, id)}, &b)
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "value_failed" || !strings.Contains(err.Error(), says) || b.Len() > 0 || !strings.Contains(e.Hint, "cast the column to text") {
			t.Errorf("%d: %v, %d bytes", id, err, b.Len())
		}
	}
	rows, err := store.Query(t.Context(), dbcontents.Query{Table: "odd"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := arrow.WriteTo(rows, io.Discard); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("of Go values: %v", err)
	}
	rows, err = store.Query(t.Context(), dbcontents.Query{Table: "odd", Format: dbcontents.JSON})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := arrow.WriteTo(rows, io.Discard); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("of JSON: %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); store.Stats().AcquiredConns != 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are held", store.Stats().AcquiredConns)
		}
	}
}

// A handler has the media type, with all that holds for its own.
func TestHTTP(t *testing.T) {
	t.Parallel()
	store, _ := open(t, `CREATE TABLE planets (id int PRIMARY KEY, name text); INSERT INTO planets VALUES (1, 'Venus'), (2, NULL);
		CREATE TABLE moons (id int PRIMARY KEY, planet int REFERENCES planets, name text); INSERT INTO moons VALUES (7, 2, 'Luna');
		CREATE VIEW late AS SELECT i AS id, 1 / (90000 - i) AS v FROM generate_series(1, 100000) i`)
	server := httptest.NewServer(httpapi.New(store, httpapi.Options{Formats: []httpapi.Format{arrow.Format()}}))
	defer server.Close()
	get := func(path string) (*http.Response, []byte, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", arrow.MediaType)
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response, body, err
	}
	response, body, err := get("/dbcontents/planets?order=id&select=id,name,moons(name)")
	if err != nil || response.StatusCode != 200 || response.Header.Get("Content-Type") != arrow.MediaType || response.Header.Get("Dbcontents-Rows") != "2" {
		t.Fatalf("%s %v %s, %v", response.Status, response.Header, body, err)
	}
	_, rows, err := read(bytes.NewReader(body))
	if got := fmt.Sprint(rows); err != nil || got != `[[1 Venus []] [2 NULL [{"name":"Luna"}]]]` {
		t.Errorf("%s, %v", got, err)
	}
	if response, body, err := get("/dbcontents/late"); response.StatusCode == 200 && err == nil {
		t.Errorf("a read that failed: %s, %d bytes", response.Status, len(body))
	}
}
