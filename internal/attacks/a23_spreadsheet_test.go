package attacks

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// No field of CSV with cells=safe is one that a spreadsheet would compute, be
// it a value or the name of a column.
func TestAttack23_NoFormulaInCSV(t *testing.T) {
	begin(t, 23)
	formulas := []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\t", "\r", "\n",
		"\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "\ufe661", "\ufe621", "\ufe631", "\ufe6bSUM(A1)", "\u22121",
		" =1", "  @x", "\u00a0=1", "\u3000\uff1d1", "\ufeff=1", "\u200b=1", "\v=1", "\x01=1", "\u202e=1",
	}
	harmless := []string{"", " ", "a=1", " a", "1-1", "\u00e9=1", "'=1", "\u3000", "a\t=1", "(=1)"}
	db := pgtest.New(t, `CREATE TABLE test_table (id int PRIMARY KEY, "head" text)`)
	db.Exec(`ALTER TABLE test_table RENAME "head" TO "` + "\uff1d" + `head"`)
	for i, s := range append(formulas, harmless...) {
		db.Exec(`INSERT INTO test_table VALUES ($1, $2)`, i, s)
	}
	r := build(t, db, dbcontents.Config{Tables: []string{"test_table"}}, httpapi.Options{})
	for _, separator := range []string{"comma", "semicolon", "tab", "pipe"} {
		a := r.get("/dbcontents?order=id", "Accept", "text/csv;cells=safe;separator="+separator)
		reader := csv.NewReader(strings.NewReader(a.body))
		reader.Comma = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}[separator]
		records, err := reader.ReadAll()
		if err != nil || len(records) != 1+len(formulas)+len(harmless) {
			t.Fatalf("%s: %v", a.text(), err)
		}
		if got, want := records[0][1], "'\uff1dhead"; got != want {
			t.Errorf("the header is %q, want %q", got, want)
		}
		for i, record := range records[1:] {
			want := strings.ReplaceAll(append(formulas, harmless...)[i], "\r\n", "\n")
			if i < len(formulas) {
				want = "'" + want
			}
			if record[1] != want {
				t.Errorf("separator %s: %q, want %q", separator, record[1], want)
			}
		}
	}
}

// The text of regclass follows the role's search_path, as it does in psql:
// documented, and the same in every format.
func TestAttack23_RegclassFollowsSearchPath(t *testing.T) {
	begin(t, 23)
	db := pgtest.New(t, `CREATE SCHEMA other; CREATE TABLE other.thing (id int); CREATE TABLE test_table (c regclass); INSERT INTO test_table VALUES ('other.thing')`)
	for path, want := range map[string]string{"public": "other.thing", "public, other": "thing"} {
		role := db.Role("", "GRANT SELECT ON test_table TO ROLE", "GRANT USAGE ON SCHEMA other TO ROLE", "alter role ROLE SET search_path = "+path)
		r := build(t, db, dbcontents.Config{ConnString: role, Tables: []string{"test_table"}}, httpapi.Options{})
		for accept, body := range map[string]string{"application/json": `[{"c":"` + want + `"}]`, "text/csv": "c\r\n" + want, "text/plain": want} {
			if a := r.get("/dbcontents?select=c", "Accept", accept); strings.TrimSpace(a.body) != body {
				t.Errorf("search_path %s: %q, want %q", path, a.body, body)
			}
		}
	}
}
