package httpapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

var fences = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// runGuide makes the database of a guide, by its block of SQL, and sends its requests. Each must be
// answered as the guide says.
func runGuide(t *testing.T, file string, config dbcontents.Config, least int) {
	t.Helper()
	guide, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	requests := 0
	for _, fence := range fences.FindAllStringSubmatch(string(guide), -1) {
		switch fence[1] {
		case "sql":
			store, _ := setup(t, config, fence[2])
			handler = httpapi.New(store, httpapi.Options{})
		case "http":
			requests++
			readGuideExample(fence[2]).check(t, handler)
		}
	}
	if requests < least {
		t.Errorf("%d requests", requests)
	}
}

// A guideExample is a request of a guide, and the response to it.
type guideExample struct {
	path   string
	send   []string
	status int
	header map[string]string
	body   string
}

// readGuideExample reads a request line and the body of the response, or between them headers of the
// request, an empty line, the status, headers of the response, and another empty line.
func readGuideExample(text string) guideExample {
	line, rest, _ := strings.Cut(text, "\n")
	e := guideExample{path: strings.TrimPrefix(line, "GET "), status: http.StatusOK, header: map[string]string{}, body: rest}
	request, response, found := strings.Cut(rest, "HTTP/1.1 ")
	if !found {
		return e
	}
	for line := range strings.Lines(request) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			e.send = append(e.send, name, value)
		}
	}
	status, rest, _ := strings.Cut(response, "\n")
	e.status, _ = strconv.Atoi(status)
	if headers, body, found := strings.Cut(rest, "\n\n"); found {
		for line := range strings.Lines(headers) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			e.header[name] = value
		}
		rest = body
	}
	e.body = rest
	return e
}

func (e guideExample) check(t *testing.T, h http.Handler) {
	t.Helper()
	response, body := get(t, h, e.path, e.send...)
	if response.StatusCode != e.status {
		t.Errorf("%s: status %d, want %d: %s", e.path, response.StatusCode, e.status, body)
	}
	for name, want := range e.header {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %s: %s, want %s", e.path, name, got, want)
		}
	}
	if e.status < http.StatusMultipleChoices {
		if diff := cmp.Diff(guideBody(t, e.body), guideBody(t, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.path, diff)
		}
		return
	}
	// A problem document has more members than a guide shows.
	var got, want map[string]any
	for text, members := range map[string]*map[string]any{body: &got, e.body: &want} {
		if err := json.Unmarshal([]byte(text), members); err != nil {
			t.Fatalf("%s: %v: %s", e.path, err, text)
		}
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", e.path, name, diff)
		}
	}
}

// guideBody is a body without what a guide writes otherwise: the space between members of JSON, and line ends.
func guideBody(t *testing.T, text string) string {
	t.Helper()
	if json.Valid([]byte(text)) {
		return compact(t, text)
	}
	return strings.ReplaceAll(text, "\r", "")
}
