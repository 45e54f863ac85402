package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// keys are the query keys that there are.
const keys = "select, order, limit, offset, format"

// parse turns the query string into a Query and the format that it asks for, if
// any. It takes no connection.
func (x *exchange) parse(table string) (dbcontents.Query, format, *problem) {
	q := dbcontents.Query{Table: table}
	none := format("")
	raw := x.r.URL.RawQuery
	if len(raw) > maxQuery {
		return q, none, &problem{
			Status: http.StatusRequestURITooLong, Code: "PGRST100", Cause: "query_too_long", Title: "query string too long",
			Message: "the query string has " + strconv.Itoa(len(raw)) + " bytes; at most " + strconv.Itoa(maxQuery) + " are read",
			Hint:    "ask for less in one request",
		}
	}
	wanted := none
	seen := map[string]bool{}
	// By hand: url.ParseQuery refuses ';' and loses the order of the keys.
	for pair := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(rawKey)
		value, err2 := url.QueryUnescape(rawValue)
		if err != nil || err2 != nil || !utf8.ValidString(key+value) {
			return q, none, badQuery(shown(rawKey), "the percent-encoding is wrong, or it is not UTF-8")
		}
		var bad string
		first := !seen[key]
		seen[key] = true
		switch key {
		case "select":
			if first { // as PostgREST: the first select and order count, the last limit and offset
				q.Select, bad = parseSelect(value)
			}
		case "order":
			if first {
				q.Order, bad = parseOrder(value)
			}
		case "limit":
			q.Limit, bad = parseNumber(value)
			if q.Limit == 0 {
				q.Limit = -1 // a limit of no rows, not no limit
			}
		case "offset":
			q.Offset, bad = parseNumber(value)
		case "format":
			if wanted = format(value); contentTypes[wanted] == nil {
				bad = "there is no format " + shown(value) + "; there are " + formatNames
			}
		default:
			return q, none, &problem{
				Status: http.StatusBadRequest, Code: "PGRST100", Cause: "key_unknown", Title: "unknown query key",
				Message: "there is no query key " + shown(key), Hint: "the query keys are " + keys,
			}
		}
		if bad != "" {
			return q, none, badQuery(key, bad)
		}
	}
	return q, wanted, nil
}

func badQuery(key, message string) *problem {
	return &problem{
		Status: http.StatusBadRequest, Code: "PGRST100", Cause: "query_invalid", Title: "invalid query string",
		Message: key + ": " + message, Hint: "the query keys are " + keys,
	}
}

func badName(raw string) problem {
	return problem{
		Status: http.StatusBadRequest, Code: "PGRST125", Cause: "name_invalid", Title: "invalid name",
		Message: "the percent-encoding of " + shown(raw) + " is wrong", Hint: "percent-encode the table's name as UTF-8",
	}
}

func parseNumber(s string) (n int64, bad string) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, shown(s) + " is not a whole number from 0 on"
	}
	return n, ""
}

// cutName takes a name off s: in double quotes, where \ escapes the next
// character, or up to a comma or dot.
func cutName(s string) (name, rest, bad string) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexAny(s, ",.")
		if i < 0 {
			i = len(s)
		}
		if name = strings.Trim(s[:i], " \t"); name == "" {
			return "", "", "a column's name is missing"
		}
		return name, s[i:], ""
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], ""
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", "the closing quote is missing"
}

func parseSelect(s string) (fields []dbcontents.Field, bad string) {
	if s == "" || s == "*" {
		return nil, ""
	}
	for {
		name, rest, bad := cutName(s)
		if bad != "" {
			return nil, bad
		}
		fields = append(fields, dbcontents.Field{Column: name})
		if rest == "" {
			return fields, ""
		}
		if rest[0] != ',' {
			return nil, "unexpected " + shown(rest) + " after the column " + shown(name) + "; a name with a dot needs double quotes"
		}
		s = rest[1:]
	}
}

func parseOrder(s string) (order []dbcontents.Order, bad string) {
	if s == "" {
		return nil, ""
	}
	for {
		name, rest, bad := cutName(s)
		if bad != "" {
			return nil, bad
		}
		words, tail, more := strings.Cut(rest, ",")
		o := dbcontents.Order{Column: name}
		direction, nulls := "", ""
		for word := range strings.SplitSeq(strings.TrimPrefix(words, "."), ".") {
			switch word = strings.Trim(word, " \t"); {
			case (word == "asc" || word == "desc") && direction == "" && nulls == "":
				direction, o.Desc = word, word == "desc"
			case (word == "nullsfirst" || word == "nullslast") && nulls == "":
				nulls, o.Nulls = word, dbcontents.Nulls(word)
			case words == "":
			default:
				return nil, "unexpected " + shown(word) + " after the column " + shown(name) + "; want asc or desc, then nullsfirst or nullslast"
			}
		}
		order = append(order, o)
		if !more {
			return order, ""
		}
		s = tail
	}
}
