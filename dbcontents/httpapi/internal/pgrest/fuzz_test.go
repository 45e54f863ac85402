package pgrest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// Whatever is sent, the parser comes to an end; what it refuses it explains,
// and what it takes means the same when it is encoded anew. (It has no Store,
// and so cannot take a connection.)
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "&&;=&=x&x", "select=*,x:a->b->>0::text,\"q\\\"\".sum()::int,count()", "a=not.in.(1,\"x,y\",\"z)&b=is.not_null",
		"or=(a.eq.1,not.and(b.cs.{1,2},c.fts(english).\"x,y\"))))", "order=a->>b.desc.nullslast,\"c.d\"&limit=1&offset=-2&format=csv",
		"a%00=eq.%00&%ff=eq.%zz", "a-->b=like(any).{x*}", "limt=1", "or=" + strings.Repeat("(and", 50),
		"select=*,-a,x:rel!h!inner(*,b(),c(count)),...\"s.t\"!left(count())&x.b.c=eq.1&x.not.or=(a.eq.1)&rel.limit=0&\"s.t\".order=d&order=x(a->0).desc",
		"select=rel(*)&rel.count()=gt.5&or=(rel.count().not.lt.7,rel.is.null)&rel..a=eq.1", "select=" + nested(9), "x.order=y(z)&select=x:a(y(z))&x.limit=-1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if call, bad := pgrest.ParseCall(raw); bad == nil {
			for _, a := range call.Args {
				if a.Name == "" || a.Bad != nil && !a.IsFilter {
					t.Errorf("%q: %+v", raw, a)
				}
			}
		}
		request, bad := pgrest.Parse(raw)
		if bad != nil {
			if bad.Status < 400 || bad.Code == "" || bad.Message == "" || bad.Hint == "" || len(bad.Error()+bad.Hint) > 2000 {
				t.Errorf("%q: %+v", raw, bad)
			}
			return
		}
		var again strings.Builder
		for key, value := range pgrest.Pairs(raw) {
			again.WriteString("&" + url.QueryEscape(key) + "=" + url.QueryEscape(value))
		}
		if again.Len() > pgrest.MaxBytes {
			return
		}
		same, bad := pgrest.Parse(again.String())
		if bad != nil {
			t.Fatalf("%q is taken, %q is not: %v", raw, again.String(), bad)
		}
		if diff := cmp.Diff(request, same, whole); diff != "" {
			t.Errorf("%q encoded anew is another query:\n%s", raw, diff)
		}
	})
}
