package openapitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/everytype"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func init() {
	// Dates and times that RFC 3339 has no form for are as PostgreSQL writes them, as the document says.
	beyond := regexp.MustCompile(`^-?infinity$| BC$|^[0-9]{5,}-`)
	for name, layout := range map[string]string{"date": time.DateOnly, "date-time": time.RFC3339Nano} {
		openapi3.DefineStringFormatValidator(name, openapi3.NewCallbackValidator(func(value string) error {
			if _, err := time.Parse(layout, value); err != nil && !beyond.MatchString(value) {
				return err
			}
			return nil
		}))
	}
	// The library's own decoder makes floats of numbers, which not all numbers are.
	openapi3filter.RegisterBodyDecoder("application/json", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		decoder := json.NewDecoder(body)
		decoder.UseNumber()
		var value any
		err := decoder.Decode(&value)
		return value, err
	})
}

// fits checks a response against what the document says of its path.
func fits(t *testing.T, doc *openapi3.T, path string, response *http.Response, body []byte) {
	t.Helper()
	item := doc.Paths.Value(path)
	if item == nil || item.Get == nil {
		t.Errorf("the document has no path %s", path)
		return
	}
	// The library takes schemas with references for those of OpenAPI 3.0, unless they have a newer keyword.
	if content := item.Get.Responses.Status(http.StatusOK).Value.Content.Get("application/json"); content != nil {
		content.Schema.Value.PropertyNames = openapi3.NewSchemaRef("", openapi3.NewSchema())
	}
	request := &openapi3filter.RequestValidationInput{
		Request: response.Request, Route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get},
	}
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		t.Errorf("%s: %.1500s\n%.300s", path, err.Error(), body)
	}
}

// Values of every type that a column can have are what the document says of them.
func TestValuesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, everytype.SQL)
	conn := db.Conn()
	columns := everytype.Columns(t, conn)
	server := serve(t, dbcontents.Config{ConnString: db.DSN, AllTables: true, Schemas: []string{"reference", "public"}}, httpapi.Options{})
	for name, mode := range map[string][2]string{"numbers": {"", "application/json"}, "numbers as strings": {"&numbers=string", "application/json;numbers=string"}} {
		t.Run(name, func(t *testing.T) {
			_, document := get(t, server.URL+"/dbcontents?format=openapi"+mode[0])
			doc := load(t, document)
			for _, c := range columns {
				path := "/" + strings.TrimPrefix(c.Table(), "reference.")
				response, body := get(t, server.URL+"/dbcontents"+path, "Accept", mode[1])
				fits(t, doc, path, response, body)
			}
			t.Logf("%d types, a document of %d bytes", len(columns), len(document))
		})
	}
}

// A value of another kind does not fit: the checks above see something.
func TestOtherValuesDoNotFit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, shop)
	config := shopConfig
	config.ConnString = db.DSN
	server := serve(t, config, httpapi.Options{})
	_, document := get(t, server.URL+"/dbcontents?format=openapi")
	schemas := load(t, document).Components.Schemas
	order := map[string]any{"id": json.Number("1"), "customer_id": json.Number("1"), "paid_by": nil, "parent": nil, "total": "NaN", "weight": json.Number("1"), "tags": []any{"a", nil, []any{}}, "whole": nil}
	valid := func(name string, value any) error {
		return schemas[name].Value.VisitJSON(value, openapi3.EnableJSONSchema2020())
	}
	if err := valid("public.orders", order); err != nil {
		t.Fatal(err)
	}
	for column, wrong := range map[string]any{"id": nil, "customer_id": "1", "parent": json.Number("1.5"), "total": "Nan", "weight": true, "tags": []any{json.Number("1")}, "whole": "x"} {
		right := order[column]
		order[column] = wrong
		if valid("public.orders", order) == nil {
			t.Errorf("%s can be %v", column, wrong)
		}
		order[column] = right
	}
	delete(order, "id")
	if valid("public.orders", order) == nil {
		t.Error("a column can be missing")
	}
	for _, wrong := range []any{"glad", nil, json.Number("1")} {
		if valid("public.mood", wrong) == nil {
			t.Errorf("a mood can be %v", wrong)
		}
	}
}
