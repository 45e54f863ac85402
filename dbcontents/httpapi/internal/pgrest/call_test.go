package pgrest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// What is no other key is an argument, and a filter as well if its value reads like one.
func TestParseCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url  string
		args []pgrest.Arg
		bad  bool // why the name is that of no column
	}{
		{"", nil, false},
		{"a=1", []pgrest.Arg{{Name: "a", Value: "1"}}, false},
		{"a=eq.1", []pgrest.Arg{{Name: "a", Value: "eq.1", IsFilter: true, Filter: dbcontents.Where("a", "eq", "1")}}, false},
		{"a=not.in.(1)&a=in.1", []pgrest.Arg{
			{Name: "a", Value: "not.in.(1)", IsFilter: true, Filter: dbcontents.Not(dbcontents.Where("a", "in", []string{"1"}))}, {Name: "a", Value: "in.1"},
		}, false},
		{"after=x&format=y&a b=&%22=%22", []pgrest.Arg{{Name: "after", Value: "x"}, {Name: "format", Value: "y"}, {Name: "a b"}, {Name: `"`, Value: `"`}}, false},
		{"select=a&order=b&limit=1&offset=2&and=(a.eq.1)&columns=a&on_conflict=b&format=csv", nil, false},
		{"a.b=1", []pgrest.Arg{{Name: "a.b", Value: "1"}}, false},
		{`"a.b"=eq.1`, []pgrest.Arg{{Name: `"a.b"`, Value: "eq.1", IsFilter: true, Filter: dbcontents.Where("a.b", "eq", "1")}}, false},
	} {
		got, bad := pgrest.ParseCall(tt.url)
		if bad != nil {
			t.Errorf("%s: %v", tt.url, bad)
			continue
		}
		for i := range got.Args {
			if (got.Args[i].Bad != nil) != tt.bad {
				t.Errorf("%s: %v", tt.url, got.Args[i].Bad)
			}
			if got.Args[i].Bad != nil {
				got.Args[i].Bad, got.Args[i].Filter = nil, dbcontents.Filter{}
			}
		}
		if diff := cmp.Diff(tt.args, got.Args, whole); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.url, diff)
		}
	}
	for _, url := range []string{"=x", "select=a,,b", "limit=x", "%ff=1", "limit=-1"} {
		if _, bad := pgrest.ParseCall(url); bad == nil {
			t.Errorf("%s is taken", url)
		}
	}
}
