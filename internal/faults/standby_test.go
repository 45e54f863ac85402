package faults

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A standby shares the state that one of its sessions sees as a primary does.
func TestExportOnStandby(t *testing.T) {
	p := mortal.take(t)
	p.exec("CREATE TABLE many (id int PRIMARY KEY, v text); INSERT INTO many SELECT i, repeat('v', 200) FROM generate_series(1, 20000) i; GRANT SELECT ON many TO public")
	p.shell("cat > standby.signal", "")
	p.restart()
	defer p.exec("SELECT pg_promote()")
	store, err := dbcontents.Open(dbcontents.Config{ConnString: p.dsn("sslmode=disable&target_session_attrs=standby"), Tables: []string{"many"}, PoolSize: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var b bytes.Buffer
	done, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Format: dbcontents.NDJSON}, Writer: &b, Parallel: 3})
	if err != nil || done.Rows != 20000 || done.Ranges < 4 || strings.Count(b.String(), "\n") != 20000 {
		t.Errorf("%+v, %v", done, err)
	}
}
