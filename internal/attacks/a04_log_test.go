package attacks

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What a client sends as the value of a parameter or a header may be a key or a
// password of its own. Mistakes in a request are logged by the parameter's name.
func TestAttack04_ValuesOfTheClientAreNotLogged(t *testing.T) {
	begin(t, 4)
	db := pgtest.New(t, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one')")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}, MaxRows: 1}, httpapi.Options{})
	const sent = "Kanarie-4711"
	for _, tt := range []struct{ path, header, logged string }{
		{"/dbcontents?apikey=" + sent, "", "apikey"},
		{"/dbcontents?apikey=eq." + sent, "", "apikey"},
		{"/dbcontents?api_key=" + sent + ".x", "", "api_key"},
		{"/dbcontents?access_token=is." + sent, "", "access_token"},
		{"/dbcontents?password=in." + sent, "", "password"},
		{"/dbcontents?id=" + sent, "", "id"},
		{"/dbcontents?limit=" + sent, "", "limit"},
		{"/dbcontents?offset=" + sent, "", "offset"},
		{"/dbcontents?format=" + sent, "", "format"},
		{"/dbcontents?order=id." + sent, "", "order"},
		{"/dbcontents?select=id!" + sent, "", "select"},
		{"/dbcontents?or=" + sent, "", "or"},
		{"/dbcontents?or=(id.is." + sent + ")", "", "or"},
		{"/dbcontents?after=" + sent, "", ""},
		{"/dbcontents?id=eq.%FF" + sent, "", "id"},
		{"/dbcontents?a.b=eq." + sent, "", "a.b"},
		{"/dbcontents?%ff=" + sent, "", ""},
		{"/dbcontents?=" + sent, "", ""},
		{"/dbcontents?x=" + strings.Repeat("a", 33000) + sent, "", ""},
		{"/dbcontents?user:" + sent + "@host=1", "", ""},
		{"/dbcontents", "Accept: " + sent + "/x", "media types"},
		{"/dbcontents", "Accept-Profile: " + sent, "schema"},
		{"/dbcontents", "Prefer: handling=strict, apikey=" + sent, "preference"},
		{"/dbcontents", "Prefer: timezone=" + strings.Repeat("x", 300) + sent, ""},
		{"/dbcontents/nothere?apikey=eq." + sent, "", "nothere"},
		{"/postgres://u:" + sent + "@h/d", "", ""},
	} {
		from := len(r.logged())
		var header []string
		if name, value, ok := strings.Cut(tt.header, ": "); ok {
			header = []string{name, value}
		}
		if a := r.get(tt.path, header...); a.StatusCode < 400 {
			t.Errorf("%.60s %s: %s", tt.path, tt.header, a.Status)
		}
		for deadline := time.Now().Add(wait); len(r.logged()) == from && time.Now().Before(deadline); { // it comes after the response
			time.Sleep(time.Millisecond)
		}
		if line := r.logged()[from:]; strings.Contains(line, sent) || !strings.Contains(line, tt.logged) || !strings.Contains(line, "cause=") {
			t.Errorf("%.60s %s: %s", tt.path, tt.header, line)
		}
	}
}

// A panic for a mistake of the program does not show what may be a secret.
func TestAttack04_PanicOfNew(t *testing.T) {
	begin(t, 4)
	db := pgtest.New(t, "CREATE TABLE t AS SELECT 1 AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{})
	for _, secret := range misplaced {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); said == "<nil>" || strings.Contains(said, pasted) {
					t.Errorf("%s: %s", secret.form, said)
				}
			}()
			httpapi.New(r.store, httpapi.Options{Prefix: secret.value})
		}()
	}
}

// Nor does an error of Open, whatever field the secret was put into.
func TestAttack04_SecretInAnyField(t *testing.T) {
	begin(t, 4)
	for _, secret := range misplaced[:4] {
		for field, config := range map[string]dbcontents.Config{
			"Tables":       {Tables: []string{secret.value}},
			"Tables, bad":  {Tables: []string{secret.value + ".a.b.c"}},
			"Schemas":      {Tables: []string{"t"}, Schemas: []string{secret.value}},
			"Schemas, bad": {Tables: []string{"t"}, Schemas: []string{"pg_" + secret.value}},
			"host":         {Tables: []string{"t"}, ConnString: "host='" + secret.value + "'"},
			"user":         {Tables: []string{"t"}, ConnString: "user='" + secret.value + "'"},
			"database":     {Tables: []string{"t"}, ConnString: "dbname='" + secret.value + "'"},
			"parameter":    {Tables: []string{"t"}, ConnString: "options='" + secret.value + "'"},
			"file":         {Tables: []string{"t"}, ConnString: "host=h sslmode=verify-ca sslrootcert='" + secret.value + "'"},
		} {
			store, err := dbcontents.Open(config)
			if err == nil {
				store.Close()
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); !errors.Is(err, dbcontents.ErrConfig) || strings.Contains(text, pasted) {
				t.Errorf("%s in %s: %s", secret.form, field, text)
			}
		}
	}
}

// observed is for tests of what Options.Observe is told.
func observed(store *dbcontents.Store, seen *httpapi.Observation) *httpapi.Handler {
	return httpapi.New(store, httpapi.Options{Observe: func(_ *http.Request, o httpapi.Observation) { *seen = o }})
}
