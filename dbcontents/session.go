package dbcontents

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// Session says on whose behalf a Store reads, see [Store.As]. The zero value limits
// nothing: it reads as the role that connects, whatever is exposed. A Session is data;
// do not change its maps while a Store uses them.
type Session struct {
	// Role is the database role to read as, one of Config.Roles. Its privileges and
	// the policies of row-level security that apply to it decide what can be read. Empty
	// means the role that connects. PostgreSQL does not apply the settings that
	// ALTER ROLE ... SET gives to the role, as nobody logs in. With a role or settings,
	// Query.Count is exact for views and tables with policies, as the planner's estimates
	// tell of all rows.
	Role string
	// Settings are run-time parameters of PostgreSQL for the time of a read, by their
	// names, in which upper and lower case are the same: custom ones, whose names have a
	// dot, such as "request.jwt.claims", which policies and views read by current_setting,
	// and statement_timeout and lock_timeout. At most 50, each of at most 64 KiB.
	Settings map[string]string
	// Tables is an allow-list. If it is not nil, other tables do not exist: not for
	// queries, in lists, or in errors and their hints. Its keys are names as
	// Config.Tables has them, with double quotes only where they are needed:
	// "schema.name", or "name" for that name in each of Config.Schemas. A table is
	// exposed by the Config in any case. The key of a function has "()" behind its name:
	// "schema.name()" or "name()" allows all functions of this name, and its Grant applies to
	// their results. Nil allows all that is exposed.
	Tables map[string]Grant
}

// Grant says what of a table a [Session] may read. The zero value is all of it.
type Grant struct {
	// Columns is the allow-list of columns and computed columns, like Query.Allowed. Nil allows all.
	Columns []string
	// Where is a filter that applies to every read of the table, beside the one of the Query,
	// which cannot widen it. It may test columns that are not in Columns. Query.Count is then
	// always exact, as the planner's estimates tell of all rows; Config.MaxCost still goes
	// by them. A filter of the Query that could tell of other rows by an error, such as a
	// pattern or one that calls a function, is tried only on rows that match Where, without
	// an index. So is the position of a page in such an order.
	Where Filter
}

// As returns a Store that reads on behalf of a session: its queries, snapshots and
// questions about tables are limited to what the session may see. It has all else in common
// with s, the pool, Config, Stats and Close among it. Making one costs a check of the
// session, so make one for each request.
//
// Such a Store is no boundary inside the program: whoever holds it can call its As, which
// replaces the session, and Config and Close. Give code that is not trusted the Rows and not the Store.
//
// Role and settings are part of each read's transaction, travel with it in the same
// network round trip, also through a pooler in transaction mode, and end with it. They
// are parameters and never become SQL.
//
// A session that cannot be used is reported by what is done with the Store, before a
// connection is taken: [ErrDenied] with the Code "role_not_allowed" for a Role that is not
// one of Config.Roles, and [ErrConfig] with "session_invalid" for a mistake of the program.
func (s *Store) As(session Session) *Store {
	if s == nil || s.shared == nil {
		return s
	}
	as := &Store{shared: s.shared, session: newSession(session, &s.config)}
	as.asker = storeAsker{as, "catalog", s.config.FirstRowTimeout}
	caller := catalog.Caller{Role: session.Role}
	if session.Tables != nil {
		caller.Grants = as.session.grants
		caller.Functions = as.session.grantsCall
	}
	as.catalog = s.catalog.For(caller)
	return as
}

// A session is a Session that was checked. A nil session limits nothing.
type session struct {
	Session
	wrong     error // why it cannot be used
	lists     bool  // some Grant has an allow-list of columns
	schemas   []string
	set, look wire.Statement // give role and settings, and the role alone; without SQL there is nothing to give
}

func newSession(x Session, c *Config) *session {
	s := &session{Session: x, schemas: c.Schemas}
	if s.wrong = s.check(c); s.wrong != nil {
		return s
	}
	for _, g := range x.Tables {
		s.lists = s.lists || g.Columns != nil
	}
	if x.Role != "" {
		s.look = pool.Enter(x.Role, nil)
		s.set = s.look
	}
	if len(x.Settings) > 0 {
		settings := make([][2]string, 0, len(x.Settings)+1)
		for _, name := range slices.Sorted(maps.Keys(x.Settings)) {
			settings = append(settings, [2]string{name, x.Settings[name]})
		}
		s.set = pool.Enter(x.Role, settings)
	}
	return s
}

const (
	maxSettings     = 50
	maxSettingBytes = 64 << 10
)

// customSetting is PostgreSQL's rule for the names of custom settings, which have a
// dot: valid_custom_variable_name in guc.c.
var customSetting = regexp.MustCompile(`^[\pL_][\pL\pN_$]*(\.[\pL_][\pL\pN_$]*)+$`)

// check says why s cannot be used. No value is repeated, as it may be a secret.
func (s *session) check(c *Config) error {
	wrong := func(format string, args ...any) error {
		return diagnosis.New("session_invalid", "Session."+fmt.Sprintf(format, args...), nil)
	}
	if s.Role != "" && !slices.Contains(c.Roles, s.Role) {
		return diagnosis.New("role_not_allowed", "the role is not one of Config.Roles", nil)
	}
	if len(s.Settings) > maxSettings {
		return wrong("Settings: there are %d; at most %d can be", len(s.Settings), maxSettings)
	}
	folded := make(map[string]bool, len(s.Settings))
	for name, value := range s.Settings {
		key := strings.ToLower(name)
		if folded[key] {
			return wrong("Settings: %q is there twice, as PostgreSQL does not tell upper from lower case in it", key)
		}
		folded[key] = true
		switch custom := customSetting.MatchString(name); {
		case !custom && key != "statement_timeout" && key != "lock_timeout":
			return wrong("Settings: %q is neither the name of a custom setting, which has a dot, nor statement_timeout or lock_timeout", name)
		case !custom && !isTimeout(value):
			return wrong("Settings: the value of %s is not a time such as 500ms, 10s or 1min", name)
		case len(value) > maxSettingBytes:
			return wrong("Settings: the value of %s has %d bytes; at most %d can be", name, len(value), maxSettingBytes)
		case strings.IndexByte(value, 0) >= 0 || !utf8.ValidString(value):
			return wrong("Settings: the value of %s is not UTF-8 without NUL", name)
		}
	}
	for key, g := range s.Tables {
		of, call := strings.CutSuffix(key, "()")
		name, err := catalog.ParseName(of)
		want := name.Key()
		if call {
			want += "()"
		}
		if err == nil && want != key {
			err = fmt.Errorf("write it as %s", want)
		}
		if err != nil {
			return wrong("Tables: key %q: %v", key, err)
		}
		if err := (&compile.Query{Allowed: g.Columns}).Check(false); err != nil {
			return wrong("Tables: %s: Columns: %v", key, err)
		}
		if err := compile.CheckMandatory(g.Where.root); err != nil {
			return wrong("Tables: %s: Where: %v", key, err)
		}
	}
	return nil
}

// isTimeout reports whether PostgreSQL takes value as a time, at most 24 days as in Config.
func isTimeout(value string) bool {
	digits := strings.TrimRight(value, "hinms")
	unit, ok := map[string]time.Duration{"": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour}[value[len(digits):]]
	n, err := strconv.ParseUint(digits, 10, 31)
	return ok && err == nil && time.Duration(n) <= 24*24*time.Hour/unit
}

// grants reports whether the allow-list has a table.
func (s *session) grants(schema, name string) bool {
	_, ok := s.granted(schema, name, "")
	return ok
}

// grantsCall reports whether the allow-list has a function.
func (s *session) grantsCall(schema, name string) bool {
	_, ok := s.granted(schema, name, "()")
	return ok
}

// grant is what may be read of a table or function that the allow-list has.
func (s *session) grant(t *catalog.Table) Grant {
	if s == nil || s.Tables == nil {
		return Grant{}
	}
	call := ""
	if t.Call != nil {
		call = "()"
	}
	g, _ := s.granted(t.Schema, t.Name, call)
	return g
}

// granted looks for a name with what is behind it in its key.
func (s *session) granted(schema, name, call string) (g Grant, ok bool) {
	if g, ok = s.Tables[catalog.Name{Schema: schema, Name: name}.Key()+call]; !ok && slices.Contains(s.schemas, schema) {
		g, ok = s.Tables[catalog.Name{Name: name}.Key()+call]
	}
	return g, ok
}

// personal reports whether the database can tell the session from others.
func (s *session) personal() bool { return s != nil && (s.Role != "" || len(s.Settings) > 0) }

// enter appends what gives the rest of the transaction role and settings.
func (s *session) enter(statements []wire.Statement) []wire.Statement {
	if s == nil || s.set.SQL == "" {
		return statements
	}
	return append(statements, s.set)
}

// enterRole is enter for a look-up, for which settings do not matter.
func (s *session) enterRole(statements []wire.Statement) []wire.Statement {
	if s == nil || s.look.SQL == "" {
		return statements
	}
	return append(statements, s.look)
}

// stage is where an error of a flight came up that is otherwise one of at.
func (s *session) stage(f *wire.Flight, at diagnosis.Stage) diagnosis.Stage {
	if x := f.Failed(); s != nil && x != nil && (x.Statement.SQL == s.set.SQL || x.Statement.SQL == s.look.SQL) {
		return diagnosis.Entering
	}
	return at
}
