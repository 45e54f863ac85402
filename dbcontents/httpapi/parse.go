package httpapi

import (
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// parse turns the query string into a Query and the format that it asks for, if
// any. It takes no connection.
func (x *exchange) parse(table string) (dbcontents.Query, format, *problem) {
	request, bad := pgrest.Parse(x.r.URL.RawQuery)
	if bad != nil {
		return dbcontents.Query{}, "", badQuery(bad)
	}
	q, wanted := request.Query, format(request.Format)
	q.Table = table
	return q, wanted, nil
}

// titles are those of the mistakes that a query string can hold.
var titles = map[string]string{
	"query_invalid":  "invalid query string",
	"query_too_long": "query string too long",
	"key_unknown":    "unknown query key",
	"range_invalid":  "no such range",
}

func badQuery(bad *pgrest.Error) *problem {
	p := &problem{
		Status: bad.Status, Code: bad.Code, Cause: bad.Cause, Title: titles[bad.Cause],
		Message: bad.Message, Hint: bad.Hint,
	}
	if bad.Details != "" {
		p.Details = &bad.Details
	}
	if bad.Parameter != "" {
		p.logged = p.Title + ": parameter " + confidential.Name(cut(bad.Parameter))
	}
	return p
}

func badName(raw string) problem {
	return problem{
		Status: http.StatusBadRequest, Code: "PGRST125", Cause: "name_invalid", Title: "invalid name",
		Message: "the percent-encoding of " + shown(raw) + " is wrong", Hint: "percent-encode the table's name as UTF-8",
	}
}
