package attacks

import "strings"

// A canarySurface is a request whose response, in all that a client can see of
// it, is looked at. No request says the name of what is hidden.
type canarySurface struct {
	name    string
	on      string // the rig; those of the health checks begin with "health of "
	request string // method and path
	header  []string
}

// canarySurfaces are all of them.
func canarySurfaces() (all []canarySurface) {
	add := func(on, name, request string, header ...string) {
		all = append(all, canarySurface{name, on, request, header})
	}
	// Every format, of everything that is exposed, whole and as a page.
	formats := map[string]string{
		"JSON": "application/json", "array": "application/vnd.pgrst.array+json;nulls=stripped", "object": "application/vnd.pgrst.object+json", "NDJSON": "application/x-ndjson",
		"CSV": "text/csv", "text": "text/plain", "page": "text/html", "bytes": "application/octet-stream",
	}
	for _, table := range canaryTables {
		for format, accept := range formats {
			if table == "locked" && format != "JSON" {
				continue // each takes as long as one may wait for a lock
			}
			add("contents", format+" of "+table, "GET /dbcontents/"+table, "Accept", accept)
			add("contents", format+" of a page of "+table, "GET /dbcontents/"+table+"?limit=1&order=id&offset=1", "Accept", accept, "Prefer", "count=exact")
		}
		add("contents", "HEAD of "+table, "HEAD /dbcontents/"+table, "Prefer", "count=exact")
		add("contents", "HEAD of a page of "+table, "HEAD /dbcontents/"+table+"?limit=2")
		add("contents", "OPTIONS of "+table, "OPTIONS /dbcontents/"+table)
		add("contents", "star of "+table, "GET /dbcontents/"+table+"?select=*&limit=1")
		add("contents", "star twice of "+table, "GET /dbcontents/"+table+"?select=*,*&limit=1")
		add("contents", "an unknown column of "+table, "GET /dbcontents/"+table+"?select=canary_colum")
		add("contents", "filter of "+table, "GET /dbcontents/"+table+"?id=eq.11")
		add("contents", "a row as JSON of "+table, "GET /dbcontents/"+table+"?select="+table)
		add("contents", "a row as text of "+table, "GET /dbcontents/"+table+"?select="+table+"::text")
	}
	for name, query := range map[string]string{
		"a computed column's near name": "select=canary_compute", "a filter's near name": "canary_colum=eq.1", "an order's near name": "order=canary_colum", "a logic tree's near name": "or=(canary_colum.eq.1)",
		"an unknown parameter": "limt=1", "an unknown operator": "id=eqq.1", "an operator that does not fit": "id=like.x", "a value that does not fit": "id=eq.x", "a value out of range": "id=eq.99999999999",
		"a cast that is none": "select=id::nosuch", "a cast that fails": "select=shown::int", "a cast of the row": "select=t::text", "a cast to a near type": "select=id::canary_typ",
		"aggregates": "select=id.max()", "aggregates of all": "select=count()", "a token that is none": "after=x", "a negative limit": "limit=-1", "a limit that is none": "limit=x", "a range behind the end": "offset=9999",
		"an unknown format": "format=xml", "embedding": "select=id,canary_tabl(*)", "a deep path": "doc->a->b=eq.1", "a broken tree": "or=(id.eq.1", "not UTF-8": "shown=eq.%FF",
		"an unknown search": "shown=fts(nosuch).x", "a broken pattern": "shown=match.(", "a time zone that is none": "id=eq.1",
	} {
		for _, rig := range []string{"contents", "aggregates", "star"} {
			add(rig, name+" on "+rig, "GET /dbcontents/t?"+query, "Prefer", "count=exact, timezone="+strings.ReplaceAll(name, " ", "/"))
			add(rig, name+" without preferences on "+rig, "GET /dbcontents/t?"+query)
		}
	}
	// Values that may be guessed: whatever the parameter does, or if it does nothing.
	for _, table := range []string{"failing_at_once", "failing_inside", "raising_as_a_value", "raising_as_a_column", "raising_in_german", "failing_json", "failing_range"} {
		add("contents", "with a parameter without effect, "+table, "GET /dbcontents/"+table+"?on_conflict=x")
		add("contents", "with a value, "+table, "GET /dbcontents/"+table+"?id=gt.0")
		add("contents", "with a cast, "+table, "GET /dbcontents/"+table+"?select=id::text,n::text")
		add("contents", "with an alias, "+table, "GET /dbcontents/"+table+"?select=x:n")
	}
	for _, rig := range []string{"contents", "star", "wrong password", "wrong host", "wrong port", "wrong database"} {
		add(rig, "the default table of "+rig, "GET /dbcontents")
		add(rig, "an unknown path of "+rig, "GET /nothing/here")
		add(rig, "an unknown table of "+rig, "GET /dbcontents/canary_tabl")
		add(rig, "a POST of "+rig, "POST /dbcontents")
		add(rig, "a media type of "+rig, "GET /dbcontents", "Accept", "image/png")
		add(rig, "a profile of "+rig, "GET /dbcontents", "Accept-Profile", "canary_schem")
		add(rig, "strict preferences of "+rig, "GET /dbcontents", "Prefer", "handling=strict, nonsense")
		add(rig, "another origin of "+rig, "GET /dbcontents?limit=1", "Origin", "https://a.example")
		add(rig, "a preflight of "+rig, "OPTIONS /dbcontents", "Origin", "https://a.example", "Access-Control-Request-Method", "GET")
		add(rig, "a description of "+rig, "GET /dbcontents?format=openapi")
		add(rig, "a description of one table of "+rig, "GET /dbcontents?format=openapi&tables=canary_tabl")
		add(rig, "a range of "+rig, "GET /dbcontents", "Range", "900-2")
		for _, path := range []string{"/", "/livez", "/readyz", "/version", "/readyz?verbose"} {
			add("health of "+rig, path+" of "+rig, "GET "+path)
			add("health of "+rig, "HEAD "+path+" of "+rig, "HEAD "+path)
		}
		add("health of "+rig, "the index's page of "+rig, "GET /", "Accept", "text/html")
		add("health of "+rig, "a POST to /readyz of "+rig, "POST /readyz")
	}
	return all
}

// of finds the rig and asks it.
func (w *canaryWorld) of(s canarySurface) response {
	method, path, _ := strings.Cut(s.request, " ")
	if rig, ok := strings.CutPrefix(s.on, "health of "); ok {
		return w.health[rig].do(method, path, s.header...)
	}
	return w.rigs[s.on].do(method, path, s.header...)
}
