package view

import (
	"bytes"
	"io"
	"net/url"
	"strconv"
)

const (
	// flushAt is how much HTML is made before it is written.
	flushAt = 64 << 10
	// maxPage is how large a page may become.
	maxPage = 8 << 20
)

// Rows is the writer between Rows.WriteTo, which writes CSV, and what takes the HTML.
type Rows struct {
	records
	page  *Page
	to    io.Writer
	html  []byte
	size  int
	Shown int64
	// Most is how many rows are shown, and More tells that there was one more.
	Most int64
	More bool
	// Full tells that there are more because the page would become too large. Stop is then
	// called, to end the read.
	Full bool
	Stop func()
	// Values are those of the row of a page of one row.
	Values []Value
}

// A Value is a value that was kept.
type Value struct {
	Text string
	Null bool
	Cut  bool
}

// Rows returns the writer for the rows of p.
func (p *Page) Rows(to io.Writer) *Rows {
	r := &Rows{page: p, to: to}
	r.records = records{columns: len(p.Columns), most: maxValue, row: r.row}
	if p.Row {
		r.most = maxWhole
	}
	return r
}

// Write takes CSV.
func (r *Rows) Write(block []byte) (int, error) {
	if r.Full {
		return len(block), nil
	}
	if _, err := r.records.Write(block); err != nil {
		return 0, err
	}
	return len(block), r.flush()
}

func (r *Rows) flush() error {
	if len(r.html) == 0 {
		return nil
	}
	r.size += len(r.html)
	_, err := r.to.Write(r.html)
	r.html = r.html[:0]
	return err
}

// row writes a row. End tags that HTML does not need are left out, and so are attributes
// that a rule for the column can have.
func (r *Rows) row(cells []Cell) error {
	if r.page.Row {
		return r.single(cells)
	}
	if r.Most > 0 && r.Shown == r.Most {
		r.More = true
		return nil
	}
	if r.Full {
		return nil
	}
	if r.size+len(r.html) > maxPage {
		r.Full = true
		r.Stop()
		return nil
	}
	p := r.page
	dst := append(r.html, "<tr>"...)
	if p.lead < 0 {
		dst = append(dst, `<th scope="row">`...)
		number := strconv.AppendInt(nil, max(p.First, 1)+r.Shown, 10)
		dst = p.Open.append(dst, cells, func(dst []byte) []byte { return append(dst, number...) })
	}
	for i := range cells {
		tag, link := "<td", p.Columns[i].Link
		if i == p.lead {
			tag, link = `<th scope="row"`, p.Open
		}
		dst = append(dst, tag...)
		if rightToLeft(cells[i].Text) {
			dst = append(dst, ` dir="auto"`...)
		}
		dst = append(dst, '>')
		dst = link.append(dst, cells, func(dst []byte) []byte { return p.appendValue(dst, cells[i], &p.Columns[i], false) })
	}
	r.html = dst
	r.Shown++
	if len(r.html) >= flushAt {
		return r.flush()
	}
	return nil
}

// single writes the first row as a list of its columns.
func (r *Rows) single(cells []Cell) error {
	if r.Shown++; r.Shown > 1 {
		return nil
	}
	p := r.page
	for i := range cells {
		c := &p.Columns[i]
		dst := appendName(append(r.html, `<tr><th scope="row"><bdi>`...), c.Name)
		dst = appendEscaped(append(dst, "</bdi> <small>"...), []byte(c.Type))
		dst = append(dst, "</small>"...)
		if c.Comment != "" {
			dst = append(appendEscaped(append(dst, ` <small class="about">`...), []byte(c.Comment)), "</small>"...)
		}
		dst = append(dst, `<td dir="auto">`...)
		r.html = c.Link.append(dst, cells, func(dst []byte) []byte { return p.appendValue(dst, cells[i], c, true) })
		r.Values = append(r.Values, Value{string(cells[i].Text), cells[i].Null, cells[i].Cut})
		if err := r.flush(); err != nil {
			return err
		}
	}
	return nil
}

// append appends what inner appends, as a link where all values that it needs are there.
func (l *Link) append(dst []byte, cells []Cell, inner func([]byte) []byte) []byte {
	if l == nil {
		return inner(dst)
	}
	for _, i := range l.Cells {
		if i >= len(cells) || cells[i].Null || cells[i].Cut || len(cells[i].Text) > maxPlain || bytes.IndexByte(cells[i].Text, newline[0]) >= 0 {
			return inner(dst)
		}
	}
	dst = appendEscaped(append(dst, `<a href="`...), []byte(l.Path))
	for n, i := range l.Cells {
		dst = append(dst, "?"...)
		if n > 0 {
			dst = append(dst[:len(dst)-1], "&amp;"...)
		}
		dst = append(append(append(dst, url.QueryEscape(l.Keys[n])...), "=eq."...), url.QueryEscape(string(cells[i].Text))...)
	}
	if l.Row {
		dst = append(dst, "&amp;~view=row"...)
	}
	dst = append(dst, '"')
	if l.Title != "" {
		dst = append(appendEscaped(append(dst, ` title="`...), []byte(l.Title)), '"')
	}
	return append(inner(append(dst, '>')), "</a>"...)
}
