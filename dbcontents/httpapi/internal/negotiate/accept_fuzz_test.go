package negotiate_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// A client gets what it accepts, or is told that there is no such representation.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{
		"", " ", "*/*", "text/csv", "text/csv;q=0", "text/*, application/*;q=0.5", "application/json;q=0.1, text/csv;q=0.2", "text/html,*/*;q=0.8", "TEXT/CSV ; Q=1",
		"application/vnd.pgrst.object+json;nulls=stripped", "application/json;numbers=string", "application/json;numbers=roman", `text/csv;separator=";"`,
		"text/csv;separator=tab;cells=safe", "text/csv;cells=unsafe", `text/csv;separator="\`, "application/json;q=NaN", "application/json;q=-1", "application/json;q=1e400",
		",", ",,", "a/b", "/", ";", "text/csv;;", "text/plain;charset=utf-8", "application/octet-stream", "\x00", "text/csv;q=0.5, */*;q=0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		asked := func(accept string) (negotiate.Representation, bool) { return negotiate.Accept([]string{accept}) }
		got, ok := asked(accept)
		if !ok {
			// A client that also accepts anything else gets JSON.
			if got, ok := asked("*/*;q=0.000001," + accept); !ok || got.Format != dbcontents.JSON {
				t.Errorf("%q or anything is %+v, %v", accept, got, ok)
			}
			return
		}
		if len(got.ContentType) != 1 || got.Output.Object && got.Format != dbcontents.JSON {
			t.Fatalf("%q is %+v", accept, got)
		}
		name, params, err := mime.ParseMediaType(got.ContentType[0])
		if err != nil || got.Format != dbcontents.Binary && params["charset"] != "utf-8" {
			t.Errorf("%q is sent as %s %v, %v", accept, name, params, err)
		}
		if strings.TrimSpace(accept) == "" {
			return
		}
		// Unknown types, types with q=0 and empty elements do not change the choice.
		for _, other := range []string{"application/x-unknown,", "text/html;q=0,", " ,"} {
			if again, ok := asked(other + accept); !ok || again.Format != got.Format || again.Output != got.Output {
				t.Errorf("%q with %q is %+v, %v", accept, other, again, ok)
			}
		}
		// A client that asks for the content type it got gets the same again.
		if again, ok := asked(got.ContentType[0]); !ok || again.Format != got.Format || got.Format != dbcontents.CSV && again.Output != got.Output {
			t.Errorf("%q is sent as %s, and that is %+v, %v", accept, got.ContentType[0], again, ok)
		}
	})
}
