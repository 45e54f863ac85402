package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rule is one rule of the read language that concerns the answer: what is
// sent and what must come back.
type rule struct {
	name   string
	method string // GET if empty
	path   string
	send   []string // header names and values
	status int
	header map[string]string // wanted; an empty value: must not be there
	body   string            // wanted if not empty
	// of a problem document:
	code, message, details, hint string
}

func (want rule) check(t *testing.T, h http.Handler) {
	t.Helper()
	method := orGet(want.method)
	response, body := do(t, h, method, want.path, want.send...)
	if response.StatusCode != want.status {
		t.Errorf("%s: status %d, want %d: %.300s", want.name, response.StatusCode, want.status, body)
	}
	for name, value := range want.header {
		if got := response.Header.Get(name); got != value {
			t.Errorf("%s: %s is %q, want %q", want.name, name, got, value)
		}
	}
	if want.body != "" {
		if diff := cmp.Diff(want.body, body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.name, diff)
		}
	}
	if method == http.MethodHead && body != "" {
		t.Errorf("%s: HEAD has a body: %.100s", want.name, body)
	}
	if want.code == "" || method == http.MethodHead {
		return
	}
	p := problemIn(t, response, body)
	var details struct{ Details string }
	if err := json.Unmarshal([]byte(body), &details); err != nil {
		t.Error(err)
	}
	if p.Code != want.code || want.message != "" && p.Message != want.message || details.Details != want.details || want.hint != "" && p.Hint != want.hint {
		t.Errorf("%s: %s", want.name, body)
	}
	if got := response.Header.Get("Proxy-Status"); got != "dbcontents; error="+want.code {
		t.Errorf("%s: Proxy-Status %q", want.name, got)
	}
}

// checkAll checks rules against a handler, each on a server of its own.
func checkAll(t *testing.T, h http.Handler, rules []rule) {
	t.Helper()
	for _, r := range rules {
		r.check(t, h)
	}
}

// answerOf asks a handler directly.
func answerOf(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
