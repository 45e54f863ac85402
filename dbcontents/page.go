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
// known after the last row; it is empty before that, if there is no such page, and
// if the Query did not ask for Pages.
func (r *Rows) NextPage() string {
	if r.usable("read") != nil || !r.released || !r.plan.Back() && !r.more {
		return ""
	}
	return r.page.next
}

// PrevPage is the token of the page before this one, for Query.After. It is
// known as soon as Query has returned; it is empty if there is no such page, and if the
// Query did not ask for Pages.
func (r *Rows) PrevPage() string {
	if r.usable("read") != nil {
		return ""
	}
	return r.page.prev
}
