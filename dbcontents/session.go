package dbcontents

import (
	"strings"
	"time"
)

// checkAfter is how old the answer of a check may get. No read can change a
// session (see undo), as far as we know of what it runs; this is for what we do
// not know, such as a table that got a policy since it was looked up.
const checkAfter = time.Second

// A session is what is known of a connection's settings that the server does not
// report. The first flight of a connection asks for them, as a pooler may
// have dropped what the connection was made with, and later ones now and then.
type session struct {
	holds   bool      // it has the settings that it was made with
	found   string    // its role and search path, as they were first
	checked time.Time // zero: never
	spoiled bool      // it is not what it was; the connection is not used again
}

// due reports whether the next flight should carry a check.
func (s *session) due(now time.Time) bool { return now.Sub(s.checked) >= checkAfter }

// take takes in the row of a check, and reports false if the session is not what it was.
func (s *session) take(values [][]byte) (same bool) {
	if len(values) != 2 {
		return true // not from PostgreSQL
	}
	found, holds := string(values[0]), string(values[1]) == "t"
	if s.checked.IsZero() {
		s.found, s.holds = found, holds
	} else if found != s.found || s.holds && !holds {
		s.holds, s.spoiled = false, true
	}
	s.checked = time.Now()
	return !s.spoiled
}

// checkSQL asks for the session's role and search path, and whether it has those
// of settings that are not reported. They are set on the way, until the end
// of the transaction: that gives each value as PostgreSQL writes it, 10min for
// 600000, and holds for the read that follows whatever the answer is.
func checkSQL(settings []setting) string {
	var is, want []string
	for _, s := range settings {
		if !s.reported {
			is = append(is, "pg_catalog.current_setting('"+s.name+"')")
			want = append(want, s.call())
		}
	}
	var found []string
	for _, name := range [...]string{"role", "session_authorization", "search_path", "row_security"} {
		found = append(found, "pg_catalog.current_setting('"+name+"')")
	}
	list := func(values []string) string { return "pg_catalog.concat_ws(',', " + strings.Join(values, ", ") + ")" }
	return "SELECT " + list(found) + ", pg_catalog.texteq(" + list(is) + ", " + list(want) + ")"
}
