package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"test_table"}})
	const (
		origin      = "Access-Control-Allow-Origin"
		credentials = "Access-Control-Allow-Credentials"
		friend      = "https://friend.example"
	)
	with := func(origins ...string) *httpapi.Handler {
		return httpapi.New(store, httpapi.Options{Origins: origins})
	}
	checkAll(t, with(), []rule{
		{name: "off", path: "/dbcontents", send: []string{"Origin", friend}, status: 200, header: map[string]string{origin: "", "Access-Control-Expose-Headers": ""}},
		{name: "off, preflight", method: "OPTIONS", path: "/dbcontents", send: []string{"Origin", friend, "Access-Control-Request-Method", "GET"}, status: 200, header: map[string]string{origin: "", "Allow": "OPTIONS,GET,HEAD"}},
	})
	checkAll(t, with("*"), []rule{
		{name: "any origin, without credentials", path: "/dbcontents", send: []string{"Origin", friend}, status: 200, header: map[string]string{origin: "*", credentials: ""}},
		{name: "no origin", path: "/dbcontents", status: 200, header: map[string]string{origin: ""}},
		{name: "a problem can be read too", path: "/dbcontents/absent", send: []string{"Origin", friend}, status: 404, header: map[string]string{origin: "*"}, code: "PGRST205"},
	})
	before := pool.Stat().AcquireCount()
	checkAll(t, with(friend), []rule{
		{name: "its path does not matter to a preflight", method: "OPTIONS", path: "/dbcontents/absent", send: []string{"Origin", friend, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "prefer, range"}, status: 200, header: map[string]string{
			origin: friend, credentials: "true", "Access-Control-Allow-Methods": "OPTIONS,GET,HEAD", "Access-Control-Allow-Headers": "Authorization, prefer, range",
			"Access-Control-Max-Age": "86400", "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers", "Content-Length": "0",
		}},
		{name: "a preflight from elsewhere", method: "OPTIONS", path: "/dbcontents/absent", send: []string{"Origin", "https://friend.example.evil", "Access-Control-Request-Method", "GET"}, status: 404, header: map[string]string{origin: ""}, code: "PGRST205"},
	})
	if got := pool.Stat().AcquireCount(); got != before {
		t.Errorf("a preflight took %d connections", got-before)
	}
	checkAll(t, with(friend), []rule{
		{name: "a listed origin", path: "/dbcontents", send: []string{"Origin", friend}, status: 200, header: map[string]string{
			origin: friend, credentials: "true", "Vary": "Accept, Accept-Profile, Prefer, Range, Origin",
			"Access-Control-Expose-Headers": "Content-Location, Content-Profile, Content-Range, Dbcontents-Lsn, Dbcontents-Rows, Dbcontents-Status, ETag, Link, Preference-Applied, Proxy-Status, Retry-After, WWW-Authenticate, X-Request-Id",
		}},
		{name: "another origin", path: "/dbcontents", send: []string{"Origin", "https://FRIEND.example"}, status: 200, header: map[string]string{origin: "", credentials: ""}},
		{name: "OPTIONS that is no preflight", method: "OPTIONS", path: "/dbcontents", send: []string{"Origin", friend}, status: 200, header: map[string]string{origin: friend, "Allow": "OPTIONS,GET,HEAD"}},
	})
}
