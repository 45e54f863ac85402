package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a request has put into SQL does not stay in the text for people, and the names of the database do.
func TestRedacted(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		`SELECT "a" FROM "public"."t1" AS t LIMIT $1 OFFSET $2`: `SELECT "a" FROM "public"."t1" AS t LIMIT $1 OFFSET $2`,
		`("t"."doc" -> 'it''s secret' ->> 'b')`:                 `("t"."doc" -> ? ->> ?)`,
		`("t"."doc" -> E'a\\\\''x' -> (0) -> (-17))`:            `("t"."doc" -> ? -> (?) -> (-?))`,
		`"a'b" = 'x'`:   `"a'b" = ?`,
		`"a""'b" = 'x'`: `"a""'b" = ?`,
		`CAST(t.c12 AS pg_catalog.numeric(10,2))`: `CAST(t.c12 AS pg_catalog.numeric(?,?))`,
		`TABLE 'x'`:        `TABLE ?`,
		`SELECT 1.5`:       `SELECT ?`,
		`x2 ü3 $4 _5 'é6'`: `x2 ü3 $4 _5 ?`,
		``:                 ``,
		`'open`:            `?`,
		`"open`:            `"open`,
	} {
		if got := redacted(sql); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", sql, got, want)
		}
	}
}

// No statement that this package makes keeps a string.
func TestRedactedKeepsNoString(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	statements := 0
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if !strings.HasPrefix(line, "SELECT ") && !strings.HasPrefix(line, "WITH ") {
				continue
			}
			statements++
			if got := redacted(line); strings.Contains(got, "'") {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
	if statements < 100 {
		t.Errorf("only %d statements were looked at", statements)
	}
}
