package oracle

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// checkPages reads all rows of a request page by page, to the last page and back.
func checkPages(t *testing.T, store *dbcontents.Store, r *randomEmbed) {
	q := r.query
	byRelated := slices.ContainsFunc(q.Order, func(o dbcontents.Order) bool { return o.Embed != "" })
	if r.root.grouped || r.root.view || r.root.cap > 0 || byRelated || q.Limit != 0 || q.Offset != 0 || q.Format != dbcontents.JSON {
		return
	}
	q.Pages, q.Limit, q.Count = true, 3, ""
	var pages, back []string
	read := func() (next, prev string, ok bool) {
		rows, err := store.Query(t.Context(), q)
		if err != nil {
			if !strings.Contains(err.Error(), "no page can begin") {
				t.Errorf("a page: %v\n%s", err, describeQuery(&q, r.root))
			}
			return "", "", false
		}
		var b bytes.Buffer
		if _, err := rows.WriteTo(&b); err != nil {
			t.Errorf("a page: %v\n%s", err, describeQuery(&q, r.root))
			return "", "", false
		}
		text := canonical(t, b.Bytes(), false)
		if text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"); text != "" {
			pages = append(pages, text)
		}
		return rows.NextPage(), rows.PrevPage(), true
	}
	next, prev, ok := read()
	for ok && next != "" {
		q.After = next
		next, prev, ok = read()
	}
	if !ok {
		return
	}
	_, want, _ := strings.Cut(r.want, "[")
	if got := strings.Join(pages, ",") + "]"; got != want {
		t.Errorf("pages: %s\ngot  %s\nwant %s", describeQuery(&q, r.root), got, want)
	}
	all := pages
	for pages = nil; ok && prev != ""; {
		q.After = prev
		_, prev, ok = read()
	}
	back = slices.Clone(pages)
	slices.Reverse(back)
	if ok && len(all) > 1 && !slices.Equal(back, all[:len(all)-1]) {
		t.Errorf("pages backwards: %s\ngot  %s\nwant %s", describeQuery(&q, r.root), back, all)
	}
}
