package attacks

import (
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A column that ALTER TABLE adds is seen a moment later, without an error in
// between; a column that goes, or gets another name or type, is seen at once.
func TestAttack22_AlterTableIsSeen(t *testing.T) {
	begin(t, 22)
	db := pgtest.New(t, "CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'one', 'two')")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{})
	observer := db.Conn()
	alter := func(sql string) {
		t.Helper()
		if _, err := observer.Exec(t.Context(), "ALTER TABLE t "+sql); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		t.Helper()
		a := r.get("/dbcontents/t")
		if a.StatusCode != 200 {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		return strings.TrimSpace(a.body)
	}
	if got := read(); got != `[{"id":1,"a":"one","b":"two"}]` {
		t.Fatal(got)
	}
	alter("ADD c int DEFAULT 7")
	for deadline := time.Now().Add(wait); ; {
		got := read()
		if got == `[{"id":1,"a":"one","b":"two","c":7}]` {
			break
		}
		if got != `[{"id":1,"a":"one","b":"two"}]` || time.Now().After(deadline) {
			t.Fatalf("after ADD: %s", got)
		}
	}
	alter("RENAME b TO bb")
	if got := read(); got != `[{"id":1,"a":"one","bb":"two","c":7}]` {
		t.Errorf("after RENAME: %s", got)
	}
	alter("ALTER c TYPE text USING 'x' || c")
	if got := read(); got != `[{"id":1,"a":"one","bb":"two","c":"x7"}]` {
		t.Errorf("after TYPE: %s", got)
	}
	alter("DROP a")
	if got := read(); got != `[{"id":1,"bb":"two","c":"x7"}]` {
		t.Errorf("after DROP: %s", got)
	}
}
