package catalog

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzNames: what is refused is what PostgreSQL cannot hold, and a name that is
// taken means itself and nothing else, in a list of tables and in SQL.
func FuzzNames(f *testing.F) {
	for _, s := range []string{
		"", "t", "Test_Table", "public.t", `"a.b"."c""d"`, `"`, `""`, `"a`, `"a"b`, ".", "a.", "a.b.c", " t ", "t\x00", "\xff", "ä😀",
		strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("ä", 32), `t"; DROP TABLE t; --`, `public"."t`, "t\n", `"a" . "b"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		good := s != "" && len(s) <= 63 && utf8.ValidString(s) && !strings.Contains(s, "\x00")
		if err := CheckName(s); (err == nil) != good {
			t.Fatalf("%q: %v", s, err)
		}
		if good {
			if name, err := ParseName(inSQL(s)); err != nil || name != (Name{Name: s}) {
				t.Errorf("%q in quotes is %q, %v", s, name, err)
			}
			if name, err := ParseName(inSQL(s) + "." + inSQL(s)); err != nil || name != (Name{s, s}) {
				t.Errorf("%q twice in quotes is %q, %v", s, name, err)
			}
		}
		name, err := ParseName(s)
		if err != nil {
			return
		}
		for _, part := range []string{name.Schema, name.Name} {
			if part != "" && CheckName(part) != nil || name.Name == "" {
				t.Fatalf("%q is taken for %q", s, name)
			}
			if back, ok := outOfSQL(inSQL(part)); !ok || back != part {
				t.Errorf("%q is %s in SQL, which is %q", part, inSQL(part), back)
			}
		}
		if again, err := ParseName(inSQL(name.Name)); err != nil || again.Name != name.Name || again.Schema != "" {
			t.Errorf("%q is %q, and that is %q, %v", s, name, again, err)
		}
	})
}

func inSQL(name string) string {
	var b strings.Builder
	QuoteName(&b, name)
	return b.String()
}

// outOfSQL reads a quoted identifier as PostgreSQL's scanner does: up to the
// first quote that is alone.
func outOfSQL(sql string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(sql, `"`)
	for ok {
		part, tail, found := strings.Cut(rest, `"`)
		name += part
		if !found {
			return name, false
		}
		if rest, ok = strings.CutPrefix(tail, `"`); !ok {
			return name, tail == ""
		}
		name += `"`
	}
	return name, false
}
