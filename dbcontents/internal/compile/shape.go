package compile

import (
	"strconv"
)

// shape appends to dst what of q decides its plan: never a value or a limit,
// so that plans and prepared statements are shared. Names, keys and the like
// hold no NUL, which therefore separates them.
func (q *Query) shape(dst []byte) []byte {
	c := q.cursor
	dst = append(shapeText(dst, string(q.Format)), q.Output.Shape()...)
	dst = shapeAllowed(dst, q.Allowed)
	if len(q.Select) == 0 && len(q.Order) == 0 && q.Where == nil && q.Count == "" && q.TimeZone == "" && !q.Pages && c == nil {
		return dst
	}
	dst = shapeText(dst, q.Count)
	dst = append(dst, shapeBool(q.TimeZone != ""), shapeBool(q.Pages))
	dst = c.shape(dst)
	for i := range q.Select {
		f := &q.Select[i]
		dst = shapeField(append(dst, 's'), f.Column, f.Path, f.Text)
		for _, text := range [...]string{f.Cast, f.Aggregate, f.AggregateCast, f.Alias} {
			dst = shapeText(dst, text)
		}
	}
	for i := range q.Order {
		o := &q.Order[i]
		dst = shapeField(append(dst, 'o'), o.Column, o.Path, o.Text)
		dst = shapeText(append(dst, shapeBool(o.Desc)), o.Nulls)
	}
	return q.Where.shape(append(dst, 'w'))
}

func shapeField(dst []byte, column string, path []any, text bool) []byte {
	dst = append(shapeText(dst, column), shapeBool(text))
	for _, step := range path {
		switch step := step.(type) {
		case int:
			dst = append(strconv.AppendInt(append(dst, 'i'), int64(step), 10), 0)
		case string:
			dst = shapeText(append(dst, 'k'), step)
		}
	}
	return append(dst, 0)
}

func shapeText(dst []byte, s string) []byte { return append(append(dst, s...), 0) }

func shapeBool(b bool) byte {
	if b {
		return '+'
	}
	return '-'
}

// shapeAllowed appends the allow-list to the shape of a Query. A list that is
// not nil is told from none, and its end from what follows.
func shapeAllowed(dst []byte, allowed []string) []byte {
	if allowed == nil {
		return dst
	}
	dst = append(dst, 'a', 0)
	for _, name := range allowed {
		dst = shapeText(dst, name)
	}
	return append(dst, 0)
}
