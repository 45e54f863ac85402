package dbcontents_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// FuzzConnString: whatever a password looks like that was not encoded, and
// whatever else is wrong with the connection string, the password is neither in
// the error nor in what a report shows of a string that can be used.
func FuzzConnString(f *testing.F) {
	for _, s := range [][3]string{
		{"", "", ""},
		{"p@", "", ""},
		{"", "@", ""},
		{"12/", "", ""},
		{"a?b=", "", ""},
		{"#", "", ""},
		{"%zz", "", ""},
		{":", ":", ""},
		{"", "", "?sslmode=perhaps"},
		{"", "", ":x"},
		{"/", "?", ""},
		{"@/", "", ""},
		{"[", "]", ""},
		{"\x00", "", ""},
		{"'", `\`, ""},
		{" ", " ", " port=x"},
		{"", "", "?connect_timeout=x"},
		{"", "", "&password=p"},
		{"//", "@@", "/d/e"},
		{"a b", "", " host="},
		{"postgres://u:", "", "@h"},
		{"", "", "?service=s"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel() // a report then ends with its first step
	f.Fuzz(func(t *testing.T, before, after, rest string) {
		const secret = "Kanarienvogel"
		password := before + secret + after
		for _, tt := range []struct {
			dsn   string
			ended bool // the password ends before its end, and another setting begins
		}{
			{"postgres://user:" + password + "@host:5432/db" + rest, startsQuery.MatchString(password)},
			{"postgresql://user:" + password + "@host" + rest, startsQuery.MatchString(password)},
			{"postgres://host/db?user=u&password=" + password + rest, strings.Contains(password, "&")},
			{"host=h user=u dbname=d password=" + password + rest, strings.ContainsAny(password, " \t\r\n\v\f'\\")},
			{"host=h user=u dbname=d password='" + password + "'" + rest, strings.ContainsAny(password, `'\`)},
		} {
			if tt.ended {
				continue
			}
			store, err := dbcontents.Open(dbcontents.Config{ConnString: tt.dsn, Tables: []string{"t"}})
			if err != nil {
				keeps(t, tt.dsn, err, secret)
				continue
			}
			if shown := store.Check(ended).Steps[0].Detail; strings.Contains(shown, secret) {
				t.Errorf("%q: it is shown: %s", tt.dsn, shown)
			}
			store.Close()
		}
	})
}

// startsQuery is what looks like a path and settings of their own.
var startsQuery = regexp.MustCompile(`(?s)/.*\?.*=`)
