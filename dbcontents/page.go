package dbcontents

import "strconv"

// A page is what a read has learned about its neighbours.
type page struct {
	rows       int64 // on this page, known beforehand if it is read backwards, else 0
	prev, next string
}

// first takes in the first row that the server sent, and reports whether it is
// not of the page: backwards, one row more than the page has is before it.
func (r *Rows) first(values [][]byte) (skip bool) {
	if r.plan.Back() {
		total, _ := strconv.ParseInt(string(values[len(values)-1]), 10, 64)
		if skip = r.max > 0 && total > r.max; skip {
			total--
		}
		r.page.rows = total
		r.more = skip
	}
	return skip
}

// pass takes in a row of the page for its tokens: of the first and of the last
// the neighbours' tokens are made.
func (r *Rows) pass(values [][]byte) {
	keys := r.plan.Keys(values)
	back := r.plan.Back()
	if r.count == 1 && (r.more || !back && (r.query.After != "" || r.query.Offset > 0)) {
		r.page.prev = r.plan.Token(keys, true)
	}
	if back && r.count == r.page.rows || !back && r.count == r.max {
		r.page.next = r.plan.Token(keys, false)
	}
}

// NextPage is the token of the page after this one, for Query.After. It is
// known after the last row; it is empty before that, if there is no such page, if the
// Query did not ask for Pages, and if the last row's values in the order are too long for a token, see More.
func (r *Rows) NextPage() string {
	if r.usable("read") != nil || !r.released || !r.plan.Back() && !r.more {
		return ""
	}
	return r.page.next
}

// PrevPage is the token of the page before this one, for Query.After. It is
// known as soon as Query has returned; it is empty if there is no such page, if the
// Query did not ask for Pages, and if the first row's values in the order are too long for a token.
func (r *Rows) PrevPage() string {
	if r.usable("read") != nil {
		return ""
	}
	return r.page.prev
}

// More reports, after the last row, whether a Query that asked for Pages found rows after
// those of this page. On a page that a token of PrevPage led to it is false: the page after it is the one that the token
// came from. If there are more rows and NextPage is empty, the token would be longer than 1536 bytes. Query.Offset
// leads on then, also with the After of this page, at the cost of reading this page again.
func (r *Rows) More() bool {
	return r.usable("read") == nil && r.released && r.plan.Paged() && !r.plan.Back() && r.more
}
