package httpapi_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// hexed is a format of a program: a line of hexadecimal digits for each row.
var hexed = httpapi.Format{MediaType: "application/x-hexed", Write: func(rows *dbcontents.Rows, w io.Writer) error {
	b := bufio.NewWriterSize(w, 64<<10)
	for rows.Next() {
		values, err := rows.RawValues()
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%x\n", values)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return b.Flush()
}}

// A format of a program has all that those of the package have.
func TestFormatOfTheProgram(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	lazy := httpapi.Format{MediaType: "application/x-lazy", Write: func(rows *dbcontents.Rows, w io.Writer) error {
		_, err := w.Write([]byte("nothing"))
		return err
	}}
	h := httpapi.New(store, httpapi.Options{Formats: []httpapi.Format{hexed, lazy}})
	accept := []string{"Accept", "text/csv;q=0.5, application/x-hexed"}

	response, body := get(t, h, "/dbcontents/large?limit=2&order=id", accept...)
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/x-hexed" || !strings.HasPrefix(body, "[00000001 ") ||
		strings.Count(body, "\n") != 2 || response.Header.Get("Dbcontents-Rows") != "2" || response.ContentLength != int64(len(body)) {
		t.Errorf("small: %s %v %.100q", response.Status, response.Header, body)
	}
	if again, _ := get(t, h, "/dbcontents/large?limit=2&order=id", append(accept, "If-None-Match", response.Header.Get("Etag"))...); again.StatusCode != 304 {
		t.Errorf("unchanged: %s", again.Status)
	}
	if other, _ := get(t, h, "/dbcontents/large?limit=2&order=id", "Accept", "application/x-hexed;q=0.5, text/csv"); !strings.HasPrefix(other.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("less wanted: %v", other.Header)
	}
	if head, _ := do(t, h, http.MethodHead, "/dbcontents/large", accept...); head.StatusCode != 200 || head.Header.Get("Content-Type") != "application/x-hexed" {
		t.Errorf("HEAD: %s %v", head.Status, head.Header)
	}
	response, body = get(t, h, "/dbcontents/large", accept...)
	if strings.Count(body, "\n") != 200000 || response.Trailer.Get("Dbcontents-Status") != "complete" || response.Trailer.Get("Dbcontents-Rows") != "200000" {
		t.Errorf("large: %d bytes, %v", len(body), response.Trailer)
	}
	response, body = get(t, h, "/dbcontents/nowhere", accept...)
	if p := problemIn(t, response, body); p.Cause != "table_not_exposed" {
		t.Errorf("no table: %s", body)
	}
	response, body = get(t, h, "/dbcontents/large?limit=2", "Accept", "application/x-lazy")
	if p := problemIn(t, response, body); p.Status != 500 {
		t.Errorf("rows left out: %s", body)
	}
	response, body = get(t, h, "/dbcontents", "Accept", "image/png")
	if p := problemIn(t, response, body); p.Status != 406 || !strings.Contains(p.Hint, "application/x-hexed, application/x-lazy") {
		t.Errorf("not acceptable: %s", body)
	}
	for _, path := range []string{"/dbcontents?format=wire", "/dbcontents?format=application/x-hexed"} {
		if response, body := get(t, h, path, accept...); response.StatusCode < 400 {
			t.Errorf("%s: %s, %.100q", path, response.Status, body)
		}
	}
	if response, body := get(t, opaque(h), "/dbcontents/large", accept...); problemIn(t, response, body).Cause != "cannot_stream" {
		t.Errorf("a writer without deadlines: %.200q", body)
	}
}

// A read that fails does not look whole in a format of the program either.
func TestFormatOfTheProgramInterrupted(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for _, wrap := range []func(http.Handler) http.Handler{func(h http.Handler) http.Handler { return h }, naiveRecover} {
		server := httptest.NewServer(wrap(httpapi.New(store, httpapi.Options{Formats: []httpapi.Format{hexed}})))
		request, _ := http.NewRequest(http.MethodGet, server.URL+"/dbcontents/broken", nil)
		request.Header.Set("Accept", hexed.MediaType)
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		server.Close()
		if response.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
			t.Errorf("%s, %d bytes, %v", response.Status, len(body), err)
		}
	}
}

// What cannot be a format is a mistake of the program.
func TestFormatsAreChecked(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{})
	for _, formats := range [][]httpapi.Format{
		{{MediaType: "", Write: hexed.Write}},
		{{MediaType: "a", Write: hexed.Write}},
		{{MediaType: "a/*", Write: hexed.Write}},
		{{MediaType: "A/b", Write: hexed.Write}},
		{{MediaType: "a/b;c=d", Write: hexed.Write}},
		{{MediaType: "text/csv", Write: hexed.Write}},
		{hexed, hexed},
		{{MediaType: "a/b"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is accepted", formats)
				}
			}()
			httpapi.New(store, httpapi.Options{Formats: formats})
		}()
	}
}
