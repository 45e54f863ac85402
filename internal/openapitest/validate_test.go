package openapitest

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// load reads a document with kin-openapi, which must find nothing wrong with it.
func load(t *testing.T, document []byte) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		t.Fatalf("kin-openapi cannot read it: %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("kin-openapi: %v", err)
	}
	return doc
}

// Documents are valid, whatever the names are and whoever asks.
func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, shop)
	config := shopConfig
	config.ConnString = db.DSN
	everything := serve(t, config, httpapi.Options{OpenAPI: httpapi.OpenAPI{Comments: true, Bearer: true}, Build: httpapi.Build{Version: "1.2.3"}})
	config.Tables, config.AllTables = []string{"absent"}, false
	nothing := serve(t, config, httpapi.Options{Prefix: "/"})
	for name, url := range map[string]string{
		"everything":         everything.URL + "/dbcontents?format=openapi",
		"numbers as strings": everything.URL + "/dbcontents/?format=openapi&numbers=string",
		"some":               everything.URL + "/dbcontents?format=openapi&tables=orders,by_mood()",
		"no tables":          nothing.URL + "/?format=openapi",
	} {
		t.Run(name, func(t *testing.T) {
			_, body := get(t, url)
			load(t, body)
			strict(t, body)
		})
	}
	_, body := get(t, everything.URL+"/dbcontents", "Accept", "application/openapi+json", "Accept-Profile", "other", "Authorization", "Bearer x")
	load(t, body)
	strict(t, body)
}

// strict checks a document with libopenapi-validator.
func strict(t *testing.T, body []byte) {
	t.Helper()
	document, err := libopenapi.NewDocument(body)
	if err != nil {
		t.Fatalf("libopenapi cannot read it: %v", err)
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		t.Fatalf("libopenapi: %v", errs)
	}
	if ok, problems := v.ValidateDocument(); !ok {
		for _, p := range problems {
			t.Errorf("libopenapi: %s: %s", p.Message, p.Reason)
			for _, s := range p.SchemaValidationErrors {
				t.Errorf("  %s at %s", s.Reason, s.FieldPath)
			}
		}
	}
}
