package httpapi

import (
	"mime"
	"net/http"
	"strings"
	"testing"
)

// FuzzAccept: whatever a client accepts, it gets that, or is told that there is none.
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
		asked := func(accept string) (answer, bool) { return negotiate(http.Header{"Accept": {accept}}) }
		got, ok := asked(accept)
		if !ok {
			// Who takes anything else gets JSON, and only then.
			if got, ok := asked("*/*;q=0.000001," + accept); !ok || got.format != json {
				t.Errorf("%q or anything is %+v, %v", accept, got, ok)
			}
			return
		}
		if len(got.contentType) != 1 || got.output.Object && got.format != json {
			t.Fatalf("%q is %+v", accept, got)
		}
		name, params, err := mime.ParseMediaType(got.contentType[0])
		if err != nil || got.format != octets && params["charset"] != "utf-8" {
			t.Errorf("%q is sent as %s %v, %v", accept, name, params, err)
		}
		if strings.TrimSpace(accept) == "" {
			return
		}
		// What nobody has does not change the choice, nor does what is liked less.
		for _, other := range []string{"application/x-unknown,", "text/html;q=0,", " ,"} {
			if again, ok := asked(other + accept); !ok || again.format != got.format || again.output != got.output {
				t.Errorf("%q with %q is %+v, %v", accept, other, again, ok)
			}
		}
		// Who asks for what was sent gets the same.
		if again, ok := asked(got.contentType[0]); !ok || again.format != got.format || got.format != csv && again.output != got.output {
			t.Errorf("%q is sent as %s, and that is %+v, %v", accept, got.contentType[0], again, ok)
		}
	})
}
