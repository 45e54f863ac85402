package attacks

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A canary is a text that no surface may show, but for those named.
type canary struct {
	kind, text string
	allowed    func(surface string) bool
}

func nowhere(string) bool { return false }

// operators are told hosts, roles and databases by /readyz?verbose, as SECURITY.md says.
func operators(surface string) bool { return strings.Contains(surface, "/readyz?verbose") }

// shown looks for canaries at every surface.
func (w *canaryWorld) shown(t *testing.T, canaries ...canary) {
	t.Helper()
	for _, s := range canarySurfaces() {
		seen := w.of(s).seen()
		for _, c := range canaries {
			if strings.Contains(seen, c.text) && !c.allowed(s.name) {
				t.Errorf("%s: %s shows the %s: %.600s", s.name, s.request, c.kind, seen)
			}
		}
	}
}

// What an allow-list does not name, and what is not exposed, is not seen.
func TestAttack01_CanaryColumnAndTable(t *testing.T) {
	begin(t, 1)
	newCanaryWorld(t).shown(t,
		canary{"column", canaryColumn, nowhere}, canary{"computed column", canaryComputed, nowhere},
		canary{"table", canaryTable, nowhere}, canary{"column of the table", canaryField, nowhere},
	)
}

// A stored value is not seen but in a column that may be read.
func TestAttack02_CanaryValue(t *testing.T) {
	begin(t, 2)
	newCanaryWorld(t).shown(t, canary{"value", canaryValue, nowhere})
}

// Nor are names of what is inside the database.
func TestAttack03_CanaryNames(t *testing.T) {
	begin(t, 3)
	w := newCanaryWorld(t)
	w.shown(t,
		canary{"function", canaryFunction, nowhere}, canary{"function", "canary_raise", nowhere},
		canary{"type", canaryType, nowhere}, canary{"schema", canarySchema, nowhere},
		canary{"role", w.role, operators}, canary{"database", w.db.Name, operators},
	)
}

// A password is nowhere at all, a host only where operators look.
func TestAttack04_CanaryHostAndPassword(t *testing.T) {
	begin(t, 4)
	w := newCanaryWorld(t)
	w.shown(t,
		canary{"password", w.password, nowhere}, canary{"wrong password", canaryPassword, nowhere},
		canary{"host", w.host, operators}, canary{"wrong host", canaryHost, operators},
	)
}

// quotesDatabase are the causes of which the log has the database's own words.
var quotesDatabase = regexp.MustCompile(`cause=(value_refused|value_failed|raised|conflict|function_denied|column_missing|select_denied|database_error|plan_changed)\b`)

// The log has names, and where the database failed, its words; never a password.
func TestAttack04_CanaryLog(t *testing.T) {
	begin(t, 4)
	w := newCanaryWorld(t)
	for _, s := range canarySurfaces() {
		w.of(s)
	}
	for name, r := range w.rigs {
		for line := range strings.Lines(r.logged()) {
			if strings.Contains(line, w.password) || strings.Contains(line, canaryPassword) {
				t.Errorf("%s logs a password: %s", name, line)
			}
			if strings.Contains(line, canaryValue) && !quotesDatabase.MatchString(line) {
				t.Errorf("%s logs a stored value: %s", name, line)
			}
		}
	}
}

// Errors of the Go interface have names for the log; their hints have none, and
// nothing of them has a password.
func TestAttack04_CanaryErrors(t *testing.T) {
	begin(t, 4)
	w := newCanaryWorld(t)
	for name, r := range w.rigs {
		for _, table := range slices.Concat(canaryTables, []string{canaryTable, ""}) {
			rows, err := r.store.Query(t.Context(), dbcontents.Query{Table: table, Format: dbcontents.JSON})
			if err == nil {
				_, err = rows.WriteTo(io.Discard)
			}
			if err == nil {
				continue
			}
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			e, ok := err.(*dbcontents.Error)
			if !ok || strings.Contains(text, w.password) || strings.Contains(text, canaryPassword) {
				t.Errorf("%s, %s: %s", name, table, text)
				continue
			}
			for _, inside := range []string{canaryValue, canaryColumn, canaryTable, canaryFunction, w.role, w.host, canaryHost, w.db.Name} {
				if strings.Contains(e.Hint+e.Title()+e.Code, inside) {
					t.Errorf("%s, %s: the hint names %s: %s", name, table, inside, e.Hint)
				}
			}
		}
	}
}

// The commands tell operators names, and what the database said; no password.
func TestAttack04_CanaryCheck(t *testing.T) {
	begin(t, 4)
	w := newCanaryWorld(t)
	tables := "DBCONTENTS_TABLES=" + strings.Join(canaryTables, ",")
	wrong := strings.Replace(w.dsn.String(), w.password, canaryPassword, 1)
	for _, dsn := range []string{w.dsn.String(), wrong, "postgres://" + w.role + ":" + canaryPassword + "@" + canaryHost + "/db", "postgres://" + w.role + ":" + canaryPassword + "@127.0.0.1:1/db"} {
		for _, args := range commands {
			text := said(t, args, []string{"DATABASE_URL=" + dsn, tables, "ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=0s", "LOG_LEVEL=debug", "LOG_FORMAT=json", "DBCONTENTS_LOCK_TIMEOUT=50ms"})
			if strings.Contains(text, w.password) || strings.Contains(text, canaryPassword) {
				t.Errorf("%q: %s", args, text)
			}
		}
	}
}
