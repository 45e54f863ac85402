package httpapi

import (
	"net/url"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// ParseQuery reads parameters in the query language, see the documentation of this package, and makes the
// Query of a table that they ask for: select, order, limit, offset, after, and, or, and filters on columns. An empty table
// is the default table. It is for programs that take such parameters from their users and respond by themselves:
//
//	q, err := httpapi.ParseQuery("orders", r.URL.Query())
//	if err != nil {
//		...
//	}
//	q.Limit = min(cmp.Or(q.Limit, 100), 100)
//	orders, err := dbcontents.Read[order](r.Context(), store, q)
//
// The parameters decide what is read, and not what may be read: that is for the exposure of the Store, [dbcontents.Query].Allowed
// and a [dbcontents.Session]. The parameters format, columns and on_conflict are ignored. Values do not keep the
// order of different keys. It matters only for the order in which filters are tested, and for which of several mistakes is
// reported; several values of one key keep their order.
//
// The error is a *[dbcontents.Error] that matches [dbcontents.ErrInvalid]. Its Message names the parameter and the position, and
// its Hint the rule and what was probably meant; both may be shown to the user. Whether a column exists, and whether
// an operator fits its type, is found out by the read.
func ParseQuery(table string, values url.Values) (dbcontents.Query, error) {
	request, bad := pgrest.Parse(values.Encode())
	if bad != nil {
		text := bad.Error()
		if bad.Parameter != "" {
			if bad.Details != "" {
				text = bad.Details // the message has PostgREST's words for the same
			}
			text = "parameter " + strconv.Quote(cut(bad.Parameter)) + ": " + text
		}
		return dbcontents.Query{}, &dbcontents.Error{Op: "parse", Table: table, Code: "query_invalid", Detail: text, Message: text, Hint: bad.Hint}
	}
	request.Query.Table = table
	return request.Query, nil
}
