package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// A document of 5,000 tables is streamed, by two round trips to the database, and a client that does not read it
// takes nobody's turn.
func TestOpenAPIOfManyTables(t *testing.T) {
	t.Parallel()
	const tables = 5000
	var batches []string
	for i := range tables / 1000 {
		batches = append(batches, fmt.Sprintf(`DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE format('CREATE TABLE table_%%s (a int, b numeric(10,2), c timestamptz, d text[])', i); END LOOP; END $$`, i*1000, i*1000+999))
	}
	store, _ := setup(t, dbcontents.Config{AllTables: true}, batches...)
	server := serve(t, httpapi.New(store, httpapi.Options{MaxInFlight: 1}))
	before := store.Stats().Lookups
	begun := time.Now()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/dbcontents?format=openapi", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.ContentLength < 5<<20 {
		t.Fatalf("%s, %d bytes", response.Status, response.ContentLength)
	}
	// Its body is not read yet, and there is one turn only.
	if other, body := fetch(t, server, http.MethodGet, "/dbcontents/table_7"); other.StatusCode != http.StatusOK || body != "[]\n" {
		t.Errorf("meanwhile: %s %s", other.Status, body)
	}
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || n != response.ContentLength {
		t.Errorf("%d of %d bytes, %v", n, response.ContentLength, err)
	}
	lookups := store.Stats().Lookups - before
	t.Logf("%d bytes in %s", n, time.Since(begun).Round(time.Millisecond))
	if lookups > 2 { // one of them is that of table_7
		t.Errorf("%d look-ups", lookups)
	}
}
