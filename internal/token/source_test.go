package token_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// answer is what a path of a server does.
type answer func(w http.ResponseWriter, r *http.Request)

func text(body string) answer {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func redirect(to string) answer {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func serve(t *testing.T, secure bool, paths map[string]answer) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for path, answer := range paths {
		mux.HandleFunc(path, answer)
	}
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

// problemOf waits for the first attempt to fetch keys and returns why it failed.
func problemOf(t *testing.T, v *token.Verifier) string {
	t.Helper()
	_, _ = verify(v, oldKey.token())
	if err := v.KeysProblem(); err != nil {
		return err.Error()
	}
	return ""
}

func TestFetch(t *testing.T) {
	t.Parallel()
	keys := text(jwks(oldKey))
	other := serve(t, true, map[string]answer{"/": keys})
	plain := serve(t, false, map[string]answer{"/": keys, "/moved": redirect("/"), "/secure": redirect(other.URL)})
	self := serve(t, true, map[string]answer{
		"/":       keys,
		"/moved":  redirect("/moved2"),
		"/moved2": redirect("/"),
		"/loop":   redirect("/loop"),
		"/other":  redirect(other.URL),
		"/plain":  redirect(plain.URL),
		"/http":   func(w http.ResponseWriter, r *http.Request) { redirect("http://"+r.Host+"/")(w, r) },
		"/error": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, jwks(oldKey), http.StatusInternalServerError)
		},
		"/empty":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/large":  text(jwks(oldKey) + strings.Repeat(" ", 64<<10)),
		"/almost": text(jwks(oldKey) + strings.Repeat(" ", 64<<10-len(jwks(oldKey)))),
		"/broken": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "999") },
		"/header": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept") == "" || r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
				t.Errorf("%v", r.Header)
			}
			keys(w, r)
		},
	})
	for path, want := range map[string]string{
		"/":       "",
		"/moved":  "",
		"/almost": "",
		"/header": "",
		"/loop":   "the JWKS: too many redirects",
		"/other":  "the JWKS: the response redirects to another host",
		"/plain":  "the JWKS: the response redirects to another host",
		"/http":   "the JWKS: the response redirects to another scheme",
		"/error":  "the JWKS: the response has the status code 500",
		"/empty":  "the JWKS: the response has the status code 204",
		"/large":  "the JWKS: the response has more than 64 KiB",
		"/broken": "the JWKS: unexpected EOF",
	} {
		v := newVerifier(t, token.Config{JWKSURL: self.URL + path + "?canary=1", Client: self.Client()})
		if got := problemOf(t, v); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}

	// A certificate that nobody vouches for, and the client of its own.
	if got := problemOf(t, newVerifier(t, token.Config{JWKSURL: self.URL})); !strings.Contains(got, "certificate") || strings.Contains(got, self.URL) {
		t.Errorf("got %q", got)
	}
	for path, want := range map[string]string{"/": "", "/moved": "", "/secure": "the JWKS: the response redirects to another host"} {
		if got := problemOf(t, newVerifier(t, token.Config{JWKSURL: plain.URL + path})); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// The client that is given is not changed.
func TestClientStaysAsItIs(t *testing.T) {
	t.Parallel()
	server := serve(t, false, map[string]answer{"/": redirect("http://other.example/")})
	client := &http.Client{}
	v := newVerifier(t, token.Config{JWKSURL: server.URL, Client: client})
	if got := problemOf(t, v); got != "the JWKS: the response redirects to another host" {
		t.Error(got)
	}
	if client.CheckRedirect != nil {
		t.Error("it has another CheckRedirect")
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	const path = "/.well-known/openid-configuration"
	for name, c := range map[string]struct {
		issuer   string // with SERVER for the address
		path     string
		document string
		want     string
	}{
		"found":            {"SERVER", path, `{"issuer":"SERVER","jwks_uri":"SERVER/keys"}`, ""},
		"with a slash":     {"SERVER/", path, `{"issuer":"SERVER/","jwks_uri":"SERVER/keys"}`, ""},
		"below a path":     {"SERVER/realm/a", "/realm/a" + path, `{"issuer":"SERVER/realm/a","jwks_uri":"SERVER/keys"}`, ""},
		"another issuer":   {"SERVER", path, `{"issuer":"https://other.example","jwks_uri":"SERVER/keys"}`, "the issuer's discovery document: its issuer is another one"},
		"almost the same":  {"SERVER", path, `{"issuer":"SERVER/","jwks_uri":"SERVER/keys"}`, "the issuer's discovery document: its issuer is another one"},
		"no issuer":        {"SERVER", path, `{"jwks_uri":"SERVER/keys"}`, "the issuer's discovery document: its issuer is another one"},
		"no keys":          {"SERVER", path, `{"issuer":"SERVER"}`, "the issuer's discovery document: its jwks_uri is not a URL with a host"},
		"keys over http":   {"SERVER", path, `{"issuer":"SERVER","jwks_uri":"http://issuer.example/keys"}`, "the issuer's discovery document: its jwks_uri is not https (http is allowed for loopback addresses only)"},
		"keys elsewhere":   {"SERVER", path, `{"issuer":"SERVER","jwks_uri":"SERVER/not-there"}`, "the JWKS: the response has the status code 404"},
		"twice":            {"SERVER", path, `{"issuer":"SERVER","jwks_uri":"SERVER/a","jwks_uri":"SERVER/keys"}`, "the issuer's discovery document: the response is not a JSON object"},
		"no document":      {"SERVER", "/elsewhere", "", "the issuer's discovery document: the response has the status code 404"},
		"another document": {"SERVER", path, "<html>", "the issuer's discovery document: the response is not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var server *httptest.Server
			fill := func(s string) string { return strings.ReplaceAll(s, "SERVER", server.URL) }
			server = serve(t, false, map[string]answer{
				c.path:  func(w http.ResponseWriter, r *http.Request) { text(fill(c.document))(w, r) },
				"/keys": text(jwks(oldKey)),
			})
			v := newVerifier(t, token.Config{Issuer: fill(c.issuer)})
			if got := problemOf(t, v); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == "" {
				expect(t, v, oldKey.sign(`{"role":"author","exp":9999999999,"iss":"`+fill(c.issuer)+`"}`), author)
				expect(t, v, oldKey.token(), "401 PGRST303 claims_invalid: JWT not issued by the expected issuer")
			}
		})
	}
}

// The document is fetched each time, since the issuer may move its keys; one attempt
// for both takes 5 seconds at most.
func TestDiscoveryIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{takes: 3 * time.Second, body: `{"issuer":"https://issuer.example/","jwks_uri":"https://keys.example/","keys":[` + oldKey.text() + `]}`}
		v := newVerifier(t, token.Config{Issuer: "https://issuer.example/", Client: e.client()})
		start := time.Now()
		expect(t, v, oldKey.token(), unavailable)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		e.set(func(e *endpoint) { e.takes = time.Second })
		time.Sleep(time.Second)
		expect(t, v, oldKey.sign(`{"role":"author","exp":9999999999,"iss":"https://issuer.example/"}`), author)
		want := []string{"https://issuer.example/.well-known/openid-configuration", "https://keys.example/"}
		if want = append(want, want...); !cmp.Equal(e.urls, want) {
			t.Error(cmp.Diff(want, e.urls))
		}
	})
}
