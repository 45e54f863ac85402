package httpapi_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

var update = flag.Bool("update", false, "write the golden responses anew")

// A golden is a request whose whole response is kept in testdata/golden.
type golden struct {
	name    string
	on      string   // the handler, see goldenHandlers
	request string   // method and path, as they are sent
	header  []string // "Name: value"
}

// on is a request to the handler of that name.
func on(handler, name, request string, header ...string) golden {
	return golden{name, handler, request, header}
}

// ask is a request to the handler of most of them.
func plain(name, request string, header ...string) golden {
	return on("plain", name, request, header...)
}

// What a client sees of each request, to the byte, but for what must vary. To
// write it anew:
//
//	go test ./dbcontents/httpapi -run TestGolden -update
func TestGolden(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, goldenSchema)
	servers := goldenServers(t, db)
	steady := goldenReplacer(t, db)
	for _, group := range slices.Sorted(maps.Keys(goldenRequests)) {
		requests := goldenRequests[group]
		t.Run(group, func(t *testing.T) {
			file := filepath.Join("testdata", "golden", group+".txt")
			var text strings.Builder
			next := ""
			for _, g := range requests {
				fmt.Fprintf(&text, "=== %s\n%s\n\n", g.name, steady(g.exchange(t, servers[g.on], &next)))
			}
			if *update {
				if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			kept, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, got := sections(t, string(kept)), sections(t, text.String())
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if _, ok := got[name]; !ok {
					t.Errorf("%s: there is no such request any more", name)
				}
			}
			for _, g := range requests {
				if diff := cmp.Diff(want[g.name], got[g.name]); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", g.name, g.request, diff)
				}
			}
		})
	}
}

// sections are the texts behind the lines that begin with ===.
func sections(t *testing.T, text string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for section := range strings.SplitSeq("\n"+text, "\n=== ") {
		name, rest, _ := strings.Cut(section, "\n")
		if _, twice := found[name]; twice {
			t.Errorf("two requests are called %s", name)
		}
		found[name] = rest
	}
	delete(found, "")
	return found
}

// frame is what all pages have.
var frame = regexp.MustCompile(`(?s)<(style|script)>(?::root|"use strict").*?</(?:style|script)>`)

var nextPage = regexp.MustCompile(`after=([\w-]+)>; rel="next"`)

// exchange asks, and returns the request and the response as text. next is the
// token of the page behind the last one that was asked for.
func (g golden) exchange(t *testing.T, server *httptest.Server, next *string) string {
	t.Helper()
	if server == nil {
		t.Fatalf("%s: there is no handler %s", g.name, g.on)
	}
	method, path, _ := strings.Cut(g.request, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.URL.Opaque = "//" + request.URL.Host + strings.ReplaceAll(path, "{next}", *next)
	request.Header.Set("X-Request-Id", "golden")
	request.Header.Set("Accept-Encoding", "identity")
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", g.request)
	for _, line := range g.header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Add(name, value)
		fmt.Fprintf(&b, "%s\n", line)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if link := nextPage.FindStringSubmatch(response.Header.Get("Link")); link != nil {
		*next = link[1]
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") { // its addresses have the port in them
		if response.Header.Get("Etag") != "" {
			response.Header.Set("Etag", "(the body's)")
		}
		if method == http.MethodHead {
			response.Header.Set("Content-Length", "(the body's)")
		}
	}
	if method != http.MethodHead && response.ContentLength == int64(len(body)) && len(body) > 0 {
		response.Header.Set("Content-Length", "(the body's)") // which may have a name of another length in it
	}
	body = frame.ReplaceAll(body, []byte("<$1>(left out)</$1>"))
	fmt.Fprintf(&b, "\n%d\n", response.StatusCode)
	writeHeader(&b, response.Header)
	for _, encoding := range response.TransferEncoding {
		fmt.Fprintf(&b, "Transfer-Encoding: %s\n", encoding)
	}
	switch {
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		t.Errorf("%s: %v", g.name, err)
	case err != nil: // where it broke depends on how fast the client was
		b.WriteString("\n(broken off)\n")
	case len(body) > 24<<10:
		fmt.Fprintf(&b, "\n(%d bytes, SHA-256 %x)\n", len(body), sha256.Sum256(body))
	case !utf8.Valid(body):
		fmt.Fprintf(&b, "\n%s\n", strconv.Quote(string(body)))
	case len(body) > 0:
		// What a line cannot show is written as Go writes it.
		fmt.Fprintf(&b, "\n%s\n", strings.ReplaceAll(strings.TrimSuffix(string(body), "\n"), "\r", `\r`))
	}
	if len(response.Trailer) > 0 {
		b.WriteString("\n(trailer)\n")
		writeHeader(&b, response.Trailer)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func writeHeader(w io.Writer, header http.Header) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if name != "Date" {
				fmt.Fprintf(w, "%s: %s\n", name, value)
			}
		}
	}
}

// goldenReplacer replaces what another server, machine or hour would make different.
func goldenReplacer(t *testing.T, db *pgtest.DB) func(string) string {
	t.Helper()
	patterns := []struct{ pattern, by string }{
		{`\b[A-Z2-7]{26}\b`, "(request id)"},
		{regexp.QuoteMeta(db.Name), "(database)"},
		{`\bpgtest_\w+`, "(role)"},
		{`PostgreSQL [0-9][^,"]*, (primary|standby)`, "PostgreSQL (version), primary"},
		{`\{"name":"hosts","ok":true,"reached":true,"detail":"[^;"]* standby up[^;"]*"\},`, ""}, // a standby alone is reported, a primary is not
		{` in [0-9.]+(µs|ms|s)`, " in (time)"},
		{`"detail":"(127\.0\.0\.1|localhost|::1) is [^"]*"`, `"detail":"(names)"`},
		{`(127\.0\.0\.1|localhost|\[::1\]):\d+`, "(address)"},
		{`'sha256-[^']+'`, "(hash)"},
		{`about [0-9,]+ rows`, "about (n) rows"},
		{`expects a cost of [0-9.]+`, "expects a cost of (n)"},
		{`of the \d+ that the server grants; \d+ are in use`, "of the (n) that the server grants; (n) are in use"},
	}
	if db.Pooled() {
		patterns = append(patterns, struct{ pattern, by string }{`connections, to a pooler`, "connections of the (n) that the server grants; (n) are in use at the server"})
	}
	replace := func(text, pattern, by string) string { return regexp.MustCompile(pattern).ReplaceAllString(text, by) }
	return func(text string) string {
		text = replace(text, `(?m)^Retry-After: \d+$`, "Retry-After: (seconds)")
		text = replace(text, `;dur=[0-9.]+`, ";dur=(ms)")
		for _, p := range patterns {
			text = replace(text, p.pattern, p.by)
		}
		return text
	}
}
