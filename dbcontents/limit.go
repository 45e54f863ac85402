package dbcontents

import "strconv"

// A limit that is there is a parameter, so that pages share a plan; one that is
// not there must not be, or PostgreSQL would plan for a part of the rows.

// limits is which limits q has, as an index: 1 for a limit, 2 for an offset.
func (q *Query) limits() (index int) {
	if q.Limit != 0 {
		index |= 1
	}
	if q.Offset != 0 {
		index |= 2
	}
	return index
}

// limitSQL is the end of a SELECT that has n parameters already.
func limitSQL(limits, n int) (sql string) {
	if limits&1 != 0 {
		n++
		sql = " LIMIT $" + strconv.Itoa(n)
	}
	if limits&2 != 0 {
		sql += " OFFSET $" + strconv.Itoa(n+1)
	}
	return sql
}

// neededSQL is the end of a SELECT whose rows are a part of those that limits cut
// from: as many as can be needed.
func neededSQL(limits, n int) string {
	switch limits {
	case 1:
		return " LIMIT $" + strconv.Itoa(n+1)
	case 3:
		return " LIMIT $" + strconv.Itoa(n+1) + " + $" + strconv.Itoa(n+2)
	}
	return ""
}

// limitValues appends the parameters of q's limits, in text form.
func (q *Query) limitValues(params [][]byte) [][]byte {
	if q.Limit != 0 {
		params = append(params, strconv.AppendInt(nil, max(q.Limit, 0), 10))
	}
	if q.Offset != 0 {
		params = append(params, strconv.AppendInt(nil, q.Offset, 10))
	}
	return params
}
