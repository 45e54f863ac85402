package httpapi

import (
	"errors"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// minLSN is the request header with the position that the rows must include.
const minLSN = "Dbcontents-Min-Lsn"

// position lets q read no earlier than the client asks for, and learn where it reads, if
// Options.LSN is set.
func (x *exchange) position(q *dbcontents.Query) *problem {
	values := x.r.Header[minLSN]
	if !x.h.options.LSN {
		if len(values) > 0 {
			return badPosition("positions are not available here", "leave the header out; the server's operator can allow it")
		}
		return nil
	}
	q.MinLSN = "0/0"
	if len(values) > 0 {
		q.MinLSN = values[0]
	}
	if len(values) > 1 || q.MinLSN == "" || errors.Is(x.store.Validate(dbcontents.Query{MinLSN: q.MinLSN}), dbcontents.ErrInvalid) {
		return badPosition("the header is not one position", "send one position in the write-ahead log as PostgreSQL writes it, such as 0/3000148")
	}
	return nil
}

func badPosition(message, hint string) *problem {
	return &problem{
		Status: http.StatusBadRequest, Code: "PGRST100", Cause: "min_lsn_invalid", Title: "no such position",
		Message: minLSN + ": " + message, Hint: hint,
	}
}
