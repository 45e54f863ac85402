package httpapi

import (
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/openapi"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// OpenAPI are the settings of the description that a Handler gives of itself, an OpenAPI 3.1
// document. It is the response at Options.Prefix to Accept: application/openapi+json and to
// format=openapi. It describes what the caller may read, and nothing else. The zero value is ready to use.
type OpenAPI struct {
	// Off switches it off: the response is a 404.
	Off bool
	// Comments adds the comments of tables, columns and functions (COMMENT ON). Whoever may
	// read a table then reads what its comments say.
	Comments bool
	// Bearer tells that Options.Session looks at a token in the header Authorization.
	Bearer bool
}

// A description is what a request asks for that asks for a description.
type description struct {
	schema  string   // of Accept-Profile
	names   []string // nil: everything
	numbers bool     // as strings
}

// asksOpenAPI reports whether the request, which is for the path of the prefix, is for a description.
func (x *exchange) asksOpenAPI() bool {
	format := ""
	for key, value := range pgrest.Pairs(x.r.URL.RawQuery) {
		if key == "format" && (isFormat(value) || value == string(negotiate.OpenAPI)) {
			format = value
		}
	}
	return format == string(negotiate.OpenAPI) || format == "" && negotiate.PrefersOpenAPI(x.r.Header["Accept"], x.h.formats...)
}

// openAPI responds with a description.
func (x *exchange) openAPI() {
	x.vary(varies)
	schema, bad := x.profile()
	if bad != nil {
		x.problem(*bad)
		return
	}
	if x.h.options.OpenAPI.Off {
		x.problem(problem{
			Status: http.StatusNotFound, Code: "PGRST126", Cause: "openapi_off", Title: "there is no description",
			Message: "Root endpoint metadata is disabled", Hint: "ask those who run this server what can be read; contents are at " + x.h.options.Prefix + "/{table}",
		})
		return
	}
	if !x.readOnly(func() bool { return true }) || !x.discardBody() {
		return
	}
	ask, bad := x.descriptionAsked(schema)
	if bad != nil {
		x.problem(*bad)
		return
	}
	if !x.takeTurn(x.r.Context(), dbcontents.Query{Schema: schema}) {
		return
	}
	d, err := x.store.Describe(x.r.Context(), ask.schema, ask.names)
	if err == nil {
		err = x.notDescribed(&ask, d)
	}
	if err != nil {
		x.fail(err)
		return
	}
	x.sendOpenAPI(x.api(&ask, d))
}

// descriptionAsked reads the query string.
func (x *exchange) descriptionAsked(schema string) (ask description, bad *problem) {
	ask.schema = schema
	if raw := x.r.URL.RawQuery; len(raw) > pgrest.MaxBytes {
		_, invalid := pgrest.Parse(raw)
		return ask, badQuery(invalid)
	}
	for key, value := range pgrest.Pairs(x.r.URL.RawQuery) {
		switch {
		case key == "format":
		case key == "tables":
			ask.names = slices.DeleteFunc(strings.Split(value, ","), func(name string) bool { return name == "" })
		case key == "numbers" && value == "string":
			ask.numbers = true
		default:
			return ask, &problem{
				Status: http.StatusBadRequest, Code: "PGRST100", Cause: "key_unknown", Title: titles["key_unknown"],
				Message: "a description knows no parameter " + quote(key) + ", or not this value of it",
				Hint:    "use format=openapi, tables= with the names of tables, and of functions with (), separated by commas, and numbers=string",
				logged:  titles["key_unknown"],
			}
		}
	}
	return ask, nil
}

// notDescribed is the error for a name that was asked for and is not there.
func (x *exchange) notDescribed(ask *description, d *dbcontents.Description) error {
	if ask.names == nil {
		return nil
	}
	there := map[string]bool{}
	for _, t := range d.Tables {
		there[t.Name] = true
	}
	for _, t := range d.Functions {
		there[t.Name+"()"] = true
	}
	for _, name := range ask.names {
		var err error
		switch function, call := strings.CutSuffix(name, "()"); {
		case there[name]:
		case call:
			_, err = x.store.Functions(x.r.Context(), ask.schema, function)
		default:
			x.ask.query.Table = name
			_, err = x.store.Table(x.r.Context(), ask.schema, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendOpenAPI responds with a document. It is written twice: first to find out its entity tag and its
// length, and then to the client. So it is never in memory as a whole, and the turn is over before the client reads.
func (x *exchange) sendOpenAPI(api *openapi.API) {
	sum := &checksum{}
	if err := api.Write(sum); err != nil {
		x.fail(err)
		return
	}
	tag, control := sum.tag(), http.NewResponseController(x.w)
	known, brief := unchanged(x.r.Header, tag), x.r.Method == http.MethodHead
	if !known && !brief {
		if sum.length > maxWhole && control.SetWriteDeadline(time.Time{}) != nil { // nothing would end a client that does not read
			x.problem(x.cannotStream())
			return
		}
		// What is described stays in memory until it is written. It is about as large as the document.
		memory, ok := x.reserve(sum.length)
		if !ok {
			x.problem(streamsFull("there is no memory left to write the answer from"))
			return
		}
		defer x.h.held.Return(memory)
		x.permit.Release()
	}
	header := x.w.Header()
	x.cacheControl(revalidated)
	header["Etag"] = []string{tag}
	if api.Profile != "" {
		header.Set("Content-Profile", api.Profile)
	}
	if known {
		x.seen.Status = http.StatusNotModified
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	header["Content-Type"] = []string{negotiate.TypeOpenAPI}
	setLength(header, sum.length)
	x.seen.Status = http.StatusOK
	x.w.WriteHeader(http.StatusOK)
	if !brief {
		x.unsent(api.Write(&sender{x: x, control: *control}))
	}
}

// Write is send, for what writes to an io.Writer.
func (s *sender) Write(p []byte) (int, error) { return len(p), s.send(p) }

// A checksum is a writer that counts and sums up what is written.
type checksum struct {
	length   int
	one, two uint32
}

func (c *checksum) Write(p []byte) (int, error) {
	c.length += len(p)
	c.one, c.two = crc32.Update(c.one, castagnoli, p), crc32.Update(c.two, crc32.IEEETable, p)
	return len(p), nil
}

func (c *checksum) tag() string { return string(appendSums(nil, c.one, c.two)) }
