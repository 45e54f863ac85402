package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// titles are the titles of mistakes in a query string, by their causes.
var titles = map[string]string{
	"query_invalid":  "invalid query string",
	"query_too_long": "query string too long",
	"key_unknown":    "unknown query key",
	"range_invalid":  "no such range",
}

// badQuery is the problem of a query string that cannot be read.
func badQuery(bad *pgrest.Error) *problem {
	p := &problem{
		Status: bad.Status, Code: bad.Code, Cause: bad.Cause, Title: titles[bad.Cause],
		Message: bad.Message, Hint: bad.Hint,
	}
	if bad.Details != "" {
		p.Details = bad.Details
	}
	if bad.Parameter != "" {
		p.logged = p.Title + ": parameter " + confidential.Name(cut(bad.Parameter))
	}
	return p
}

// badName is the problem of a table name that cannot be decoded.
func badName(raw string) problem {
	return problem{
		Status: http.StatusBadRequest, Code: "PGRST125", Cause: "name_invalid", Title: "invalid name",
		Message: "the percent-encoding of " + quote(raw) + " is wrong", Hint: "percent-encode the table's name as UTF-8",
	}
}

func (h *Handler) notAcceptable(header http.Header) *problem {
	available := negotiate.MediaTypes
	for _, other := range h.formats {
		available += ", " + other.ContentType[0]
	}
	return &problem{
		Status: http.StatusNotAcceptable, Code: "PGRST107", Cause: "not_acceptable", Title: "none of the requested media types is available",
		Message: "None of these media types are available: " + cut(strings.TrimSpace(header.Get("Accept"))),
		Hint:    "available are " + available,
	}
}

// invalidPreferences is the problem of a client that asked for strict handling
// and sent unknown preferences; nil if it did not.
func invalidPreferences(p *negotiate.Preferences) *problem {
	invalid := p.Invalid()
	if len(invalid) == 0 {
		return nil
	}
	details := cut("Invalid preferences: " + strings.Join(invalid, ", "))
	return &problem{
		Status: http.StatusBadRequest, Code: "PGRST122", Cause: "preference_unknown", Title: "unknown preference",
		Message: "Invalid preferences given with handling=strict", Details: details,
		Hint: "the preferences are " + negotiate.PreferenceNames + "; without handling=strict others are ignored",
	}
}

// unsatisfiable is the problem of a range that holds no row.
func unsatisfiable(details string) *problem {
	return &problem{
		Status: http.StatusRequestedRangeNotSatisfiable, Code: "PGRST103", Cause: "range_invalid", Title: "requested range not satisfiable",
		Message: "Requested range not satisfiable", Details: details,
		Hint: "ask for rows that there are, with Range: first-last or with limit and offset",
	}
}

// beyondEnd is the problem of an offset after the last row.
func beyondEnd(offset, total int64) *problem {
	return unsatisfiable("An offset of " + strconv.FormatInt(offset, 10) + " was requested, but there are only " + strconv.FormatInt(total, 10) + " rows.")
}
