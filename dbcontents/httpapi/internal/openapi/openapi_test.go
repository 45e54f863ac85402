package openapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/openapi"
)

// many is an API of so many tables with ten columns each.
func many(tables int) *openapi.API {
	api := &openapi.API{Server: "/dbcontents", Types: map[string]*dbcontents.Type{
		"integer": {Schema: "pg_catalog", Name: "int4", Kind: "base"}, "text[]": {Schema: "pg_catalog", Name: "_text", Kind: "array", Element: "text"},
		"text": {Schema: "pg_catalog", Name: "text", Kind: "base"}, "mood": {Schema: "public", Name: "mood", Kind: "enum", Labels: []string{"sad"}},
	}}
	for i := range tables {
		of := &dbcontents.Table{Schema: "public", Name: fmt.Sprintf("table_%d", i), Kind: "table", PrimaryKey: []string{"column_0"}}
		t := &openapi.Table{Of: of, Path: "/" + of.Name, Filterable: true}
		for j := range 10 {
			c := dbcontents.Column{Name: fmt.Sprintf("column_%d", j), Type: []string{"integer", "text[]", "mood"}[j%3], NotNull: j == 0}
			of.Columns, t.Filters = append(of.Columns, c), append(t.Filters, c.Name)
		}
		api.Tables = append(api.Tables, t)
	}
	return api
}

// A peak is a writer that remembers the largest heap that there was.
type peak struct {
	written, blocks, largest int
	heap                     uint64
}

func (p *peak) Write(b []byte) (int, error) {
	p.written += len(b)
	p.blocks++
	p.largest = max(p.largest, len(b))
	if p.blocks%32 == 0 {
		p.heap = max(p.heap, heap())
	}
	return len(b), nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A document of 5,000 tables takes no more memory than the names in it.
func TestWriteTakesLittleMemory(t *testing.T) {
	api := many(5000)
	before := heap()
	var p peak
	if err := api.Write(&p); err != nil {
		t.Fatal(err)
	}
	took := int64(p.heap) - int64(before)
	t.Logf("%d bytes in blocks of at most %d; %d bytes of memory", p.written, p.largest, took)
	if p.written < 5<<20 || p.written > 20<<20 || p.largest > 64<<10 || took > 6<<20 {
		t.Error("it took too much")
	}
	runtime.KeepAlive(api)
}

func TestWriteIsJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	api := many(3)
	if err := api.Write(&b); err != nil || !json.Valid([]byte(b.String())) {
		t.Errorf("%v: %s", err, b.String())
	}
	var again strings.Builder
	if err := api.Write(&again); err != nil || again.String() != b.String() {
		t.Errorf("the second time it is another one: %v", err)
	}
}

// What the client's connection reports ends the document.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	if err := many(100).Write(failing{}); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func BenchmarkWrite(b *testing.B) {
	api := many(5000)
	b.ReportAllocs()
	for b.Loop() {
		if err := api.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
