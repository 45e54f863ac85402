package attacks

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// select=count is how rows were counted before PostgREST had count(): it does
// so still where no column has the name.
func TestAttack21_OldCount(t *testing.T) {
	begin(t, 21)
	db := pgtest.New(t, `CREATE TABLE plain AS SELECT id, id % 2 = 0 AS flag FROM generate_series(1, 5) id; ALTER TABLE plain ADD PRIMARY KEY (id)`,
		`CREATE TABLE counted AS SELECT 1 AS id, 7 AS count`, `CREATE TABLE computed AS SELECT 1 AS id`,
		`CREATE FUNCTION count(computed) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 9'`,
		`CREATE TABLE narrow AS SELECT 1 AS id, 7 AS count`, `CREATE TABLE narrower AS SELECT 1 AS id, 7 AS amount`)
	config := dbcontents.Config{AllTables: true, Aggregates: true}
	access := map[string]httpapi.Access{"narrow": {Columns: []string{"id"}}, "narrower": {Columns: []string{"id"}}}
	r := build(t, db, config, httpapi.Options{Access: access})
	for path, want := range map[string]string{
		"/dbcontents/plain?select=count":                     `[{"count":5}]`,
		"/dbcontents/plain?select=count&id=gt.2&limit=1":     `[{"count":3}]`,
		"/dbcontents/plain?select=n:count::text":             `[{"n":"5"}]`,
		"/dbcontents/plain?select=flag,count&order=flag":     "[{\"flag\":false,\"count\":3},\n{\"flag\":true,\"count\":2}]",
		"/dbcontents/plain?select=count&format=csv":          "count\r\n5\r\n",
		"/dbcontents/counted?select=count":                   `[{"count":7}]`,
		"/dbcontents/computed?select=count":                  `[{"count":9}]`,
		"/dbcontents/narrow?select=count":                    `[{"count":1}]`,
		"/dbcontents/narrower?select=count":                  `[{"count":1}]`,
		"/dbcontents/plain?select=count&format=text&id=eq.1": "1\n",
	} {
		// Twice: the second time the table is known.
		for range 2 {
			if a := r.get(path); a.StatusCode != http.StatusOK || trimmed(a.body) != trimmed(want) {
				t.Errorf("%s: %s %q, want %q", path, a.Status, a.body, want)
			}
		}
	}
	if a := r.get("/dbcontents/plain?select=count&format=html"); a.StatusCode != http.StatusOK {
		t.Errorf("HTML: %s", a.Status)
	}
	for path, code := range map[string]string{
		"/dbcontents/plain?select=count,wrod":       "42703",
		"/dbcontents/plain?count=gt.1":              "42703",
		"/dbcontents/plain?select=count->a":         "42703",
		"/dbcontents/plain?order=count":             "42703",
		"/dbcontents/plain?select=count&count=gt.1": "42703",
	} {
		if p := r.problem(r.get(path)); p.Code != code {
			t.Errorf("%s: %+v, want %s", path, p, code)
		}
	}
	config.Aggregates = false
	r = build(t, db, config, httpapi.Options{Access: access})
	for _, table := range []string{"plain", "narrow", "narrower"} {
		if p := r.problem(r.get("/dbcontents/" + table + "?select=count")); p.Code != "42703" || p.Status != 400 {
			t.Errorf("without aggregates: %s: %+v", table, p)
		}
	}
}

func trimmed(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// A time zone that PostgreSQL knows and cannot use is refused with its reason.
func TestAttack21_LeapSeconds(t *testing.T) {
	begin(t, 21)
	for _, language := range wordLanguages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			r := wordRig(t, inLanguage(t, language, `CREATE TABLE plain AS SELECT 1 AS id, 'x' AS note`), dbcontents.Config{}, httpapi.Options{})
			for zone, want := range map[string][2]string{
				"FOO0:00:30":     {`time zone "FOO0:00:30" appears to use leap seconds`, "PostgreSQL does not support leap seconds."},
				"TimeZone0:0:30": {`time zone "TimeZone0:0:30" appears to use leap seconds`, "PostgreSQL does not support leap seconds."},
				"Mars/Olympus":   {`invalid value for parameter "TimeZone": "Mars/Olympus"`},
				"leap":           {`invalid value for parameter "TimeZone": "leap"`},
				"+200":           {`invalid value for parameter "TimeZone": "+200"`},
				"interval 'x'":   {`invalid value for parameter "TimeZone": "interval 'x'"`},
			} {
				for _, path := range []string{"/dbcontents/plain", "/dbcontents/plain?id=eq.1", "/dbcontents/plain?note=fts.a+b"} {
					a := r.get(path, "Prefer", "timezone="+zone)
					p := r.problem(a)
					details := ""
					if p.Details != nil {
						details = *p.Details
					}
					if p.Status != 400 || p.Message != want[0] || details != want[1] || a.Header.Get("Preference-Applied") != "" {
						t.Errorf("%s, %s: %s", zone, path, a.text())
					}
				}
			}
		})
	}
}
