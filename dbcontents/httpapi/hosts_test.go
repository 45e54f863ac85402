package httpapi_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Readyz says that one of several hosts is away; which one it is, only with ?verbose.
func TestReadyzAndHosts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	const away = "127.0.0.1:1"
	store, err := dbcontents.Open(dbcontents.Config{ConnString: strings.Replace(db.DSN, "@", "@"+away+",", 1) + "&load_balance_hosts=disable", Tables: []string{"test_table"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := handler(store)
	response, body := get(t, http.HandlerFunc(h.Readyz), "/readyz")
	if response.StatusCode != 200 || !strings.Contains(body, `{"name":"hosts","cause":"host_down"`) || strings.Contains(body, away) {
		t.Errorf("%s %s", response.Status, body)
	}
	if _, body := get(t, http.HandlerFunc(h.Readyz), "/readyz?verbose"); !strings.Contains(body, away+" down, 0 connections; ") || !regexp.MustCompile(` (primary up|standby up(, [^;]*)?), 1 connections`).MatchString(body) {
		t.Error(body)
	}
}
