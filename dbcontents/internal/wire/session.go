package wire

import (
	"strconv"
	"time"
)

// checkAfter is how old the answer of a check may get. No read can change a
// session (see Undo), as far as we know of what it runs; this is for what we do
// not know, such as a table that got a policy since it was looked up.
const checkAfter = time.Second

// A Session is what is known of a connection that the server does not
// report. The first flight of a connection asks for it, as a pooler may
// have dropped what the connection was made with, and later ones now and then.
type Session struct {
	Own     bool      // it is PostgreSQL's own: no pooler is in between
	Holds   bool      // it is, and has the settings that it was made with; not known of borrowed ones
	found   string    // the role and search path of one that is, as they were first; likewise
	checked time.Time // zero: never
	Spoiled bool      // it is not what it was; the connection is not used again
}

// Due reports whether the next flight should carry a check. Of a connection through a pooler nothing is relied on, so
// nothing is asked again.
func (s *Session) Due(now time.Time) bool {
	return s.checked.IsZero() || s.Own && now.Sub(s.checked) >= checkAfter
}

// Known reports whether it is known if a pooler is in between.
func (s *Session) Known() bool { return !s.checked.IsZero() }

// Take takes in the row of a check, and reports false if the session is not what it was. The row ends with which session
// it is; before that come role and search path, and whether the settings are there, unless the connection is borrowed. pid is what the
// session was said to be when it was made; a pooler says something of its own.
func (s *Session) Take(values [][]byte, pid uint32) (same bool) {
	n := len(values)
	first := s.checked.IsZero()
	s.checked = time.Now()
	// What is not from PostgreSQL has other columns.
	s.Own = (n == 1 || n == 3) && string(values[n-1]) == strconv.FormatUint(uint64(pid), 10) && (first || s.Own)
	if !s.Own {
		s.Holds = false
		return true
	}
	if n == 1 {
		return true
	}
	found, holds := string(values[0]), string(values[1]) == "t"
	if first {
		s.found, s.Holds = found, holds
	} else if found != s.found || s.Holds && !holds {
		s.Holds, s.Spoiled = false, true
	}
	return !s.Spoiled
}
