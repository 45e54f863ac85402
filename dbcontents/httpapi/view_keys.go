package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// Keys of a query string that begin with a tilde are the view's own. No filter has such a key:
// a column of that name is written in quotes. They are understood where the response is
// HTML; elsewhere they are unknown keys like others, but for ~cells with format=csv.
//
//	~count=exact              counts the rows
//	~view=row                 shows the first row that matches, with all its columns
//	~facet=column             shows the most frequent values of a column
//	~find=text                at the prefix: lists the tables with text in their names
//	~cells=safe               with format=csv: no text is taken for a formula
//	~column, ~op, ~value      fields of a form: a filter each three of them
//	~columns, ~show, ~keep    fields of a form: the columns to show
//
// Those of forms lead to the address without them by a redirect.
const ownKey = "~"

// isFormat reports whether a value of the query key format names a format.
func isFormat(name string) bool {
	_, ok := negotiate.ByName(dbcontents.Format(name))
	return ok
}

// separate takes the view's own parameters out of a query string, if the response is to be HTML,
// and remembers them with the others.
func (x *exchange) separate(ask *question) (raw string) {
	raw = x.r.URL.RawQuery
	people := x.forPeople()
	if !people && !strings.Contains(raw, "~cells=") {
		return raw
	}
	var others strings.Builder
	csv := false
	for rest := raw; rest != ""; {
		piece := rest
		if i := strings.IndexAny(rest, "&;"); i >= 0 {
			piece, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		for key, value := range pgrest.Pairs(piece) {
			csv = csv || key == "format" && value == "csv"
			if strings.HasPrefix(key, ownKey) {
				ask.own = append(ask.own, view.Pair{Key: key, Value: value})
				piece = ""
			} else {
				ask.pairs = append(ask.pairs, view.Pair{Key: key, Value: value})
			}
		}
		if piece != "" {
			if others.Len() > 0 {
				others.WriteByte('&')
			}
			others.WriteString(piece)
		}
	}
	if !people && !(csv && len(ask.own) == 1 && ask.own[0] == view.Pair{Key: "~cells", Value: "safe"}) {
		ask.own, ask.pairs = nil, nil
		return raw
	}
	return others.String()
}

// forPeople reports whether the response is to be HTML.
func (x *exchange) forPeople() bool {
	format, raw := "", x.r.URL.RawQuery
	if strings.Contains(raw, "format=") || strings.Contains(raw, "%") { // else decoding it finds none
		for key, value := range pgrest.Pairs(raw) {
			if key == "format" && isFormat(value) {
				format = value
			}
		}
	}
	if format != "" {
		return format == string(negotiate.HTML)
	}
	r, ok := negotiate.Accept(x.r.Header["Accept"], x.h.formats...)
	return ok && r.Format == negotiate.HTML
}

// unpaged is pairs without the parameters that say where a page begins. A filter on a column named after is
// none, nor is an argument of a function.
func unpaged(pairs view.Pairs, function bool) view.Pairs {
	return pairs.Drop(func(_ int, p view.Pair) bool {
		return p.Key == "offset" || !function && pgrest.IsToken(p.Key, p.Value)
	})
}

// unpaged are the parameters of the view's first page.
func (v *viewing) unpaged() view.Pairs { return unpaged(v.pairs, v.x.ask.query.Function != "") }

// formSent responds to a form of the view with a redirect to the address that it stands for, and
// reports whether the request is one. function tells that it is for a function.
func (x *exchange) formSent(function bool) bool {
	if !strings.Contains(x.r.URL.RawQuery, "op=") && !strings.Contains(x.r.URL.RawQuery, "columns=") || !x.forPeople() {
		return false
	}
	var ask question
	x.separate(&ask)
	to := unpaged(ask.pairs, function)
	switch {
	case ask.own.Get("~columns") != "":
		to = to.With("select", chosen(ask.own))
	case ask.own.Get("~op") != "":
		to = append(to, filters(ask.own)...)
	default:
		return false
	}
	x.w.Header().Set("Location", to.Query())
	x.cacheControl(notStored)
	x.empty(http.StatusSeeOther)
	return true
}

// chosen is the value of select for the columns that were chosen. All of them need none.
func chosen(own view.Pairs) string {
	var items []string
	kept := false
	for _, p := range own {
		switch p.Key {
		case "~show":
			items = append(items, view.Name(p.Value))
		case "~keep":
			items, kept = append(items, p.Value), true
		}
	}
	if !kept && own.Get("~all") == strconv.Itoa(len(items)) {
		return ""
	}
	return strings.Join(items, ",")
}

// filters are the filters of a form. Fields without a value are none.
func filters(own view.Pairs) (list view.Pairs) {
	var column, op string
	for _, p := range own {
		switch p.Key {
		case "~column":
			column, op = p.Value, ""
		case "~op":
			op = p.Value
		case "~value":
			i := slices.IndexFunc(viewOps, func(o viewOp) bool { return o.name == op })
			if i < 0 || column == "" || strings.HasPrefix(column, ownKey) || p.Value == "" && !viewOps[i].alone {
				continue
			}
			list = append(list, view.Pair{Key: column, Value: viewOps[i].says(p.Value)})
		}
	}
	return list
}

// A viewOp is an operator as the view has it.
type viewOp struct {
	name, text string
	op         dbcontents.Op // that it uses
	kinds      string        // of columns that have it, see opKind
	alone      bool          // it needs no value
	says       func(value string) string
}

func plainOp(name, text, kinds string) viewOp {
	return viewOp{name, text, dbcontents.Op(name), kinds, false, func(v string) string { return name + "." + v }}
}

func alone(name, text string, op dbcontents.Op, kinds, says string) viewOp {
	return viewOp{name, text, op, kinds, true, func(string) string { return says }}
}

// viewOps are the operators, in the order in which they are offered: t for text, n for numbers and times,
// b for booleans, a for arrays, j for jsonb, v for vectors of text search, and o for other values that can be compared.
var viewOps = []viewOp{
	{"contains", "contains", dbcontents.OpILike, "t", false, func(v string) string { return "ilike.*" + pattern.Replace(v) + "*" }},
	{"starts", "begins with", dbcontents.OpILike, "t", false, func(v string) string { return "ilike." + pattern.Replace(v) + "*" }},
	plainOp("eq", "=", "tno"), plainOp("neq", "≠", "tno"),
	plainOp("gt", ">", "nt"), plainOp("gte", "≥", "n"), plainOp("lt", "<", "nt"), plainOp("lte", "≤", "n"),
	{"in", "one of a,b,c", dbcontents.OpIn, "tno", false, anyOf},
	plainOp("imatch", "matches regexp", "t"),
	{"has", "has", dbcontents.OpContains, "a", false, func(v string) string { return `cs.{"` + element.Replace(v) + `"}` }},
	plainOp("cs", "contains JSON", "j"), plainOp("wfts", "has words", "v"),
	alone("true", "is true", dbcontents.OpIs, "b", "is.true"), alone("false", "is false", dbcontents.OpIs, "b", "is.false"),
	alone("empty", "is empty", dbcontents.OpEq, "t", "eq."),
	alone("null", "is null", dbcontents.OpIs, "tnbajvox", "is.null"), alone("notnull", "is not null", dbcontents.OpIs, "tnbajvox", "not.is.null"),
}

var (
	pattern = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	element = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

func anyOf(list string) string {
	items := strings.Split(list, ",")
	for i, item := range items {
		items[i] = `"` + element.Replace(strings.TrimSpace(item)) + `"`
	}
	return "in.(" + strings.Join(items, ",") + ")"
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
