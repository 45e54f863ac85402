package view

import (
	"bytes"
	"io"
)

// A Page shows the rows of a table, or one row.
type Page struct {
	Frame
	Kind, Comment string
	// Row tells that the page is that of one row.
	Row bool
	// Total is how many rows there are, in words, and Exact the address where they are
	// counted. Both may be empty.
	Total, Exact string
	Notices      []string
	Chips        []Chip
	// Clear is the address without what the chips say. It is empty if they are few.
	Clear   string
	Columns []Column
	// Open leads to the page of a row; nil if rows have none.
	Open *Link
	// Choices are the columns that can be shown. Kept are the parameters that the form
	// for them keeps.
	Choices []Choice
	Kept    Pairs
	// Asked are the parameters that the form for filters keeps.
	Asked    Pairs
	Exports  []Export
	Snippets []Snippet
	Facet    *Facet
	// First is the number of the first row; zero if it is not known.
	First int64
	// Sizes are the numbers of rows that a page may have.
	Sizes []Anchor

	lead     int // the column that leads to the page of its row; -1 if there is a column of its own
	indented bytes.Buffer
}

// A Chip is a part of the request that can be taken away.
type Chip struct{ Kind, Text, Remove string }

// A Choice is a column that can be shown.
type Choice struct {
	Name, Type, Comment string
	Shown               bool
	Facet               string // the address of its most frequent values, if there is one
}

// An Export is a list of links to the same rows in other formats.
type Export struct {
	Name  string
	Links []Anchor
}

// A Snippet is text to copy.
type Snippet struct{ Name, Text string }

// A Facet is the most frequent values of a column.
type Facet struct {
	Column string
	Values []FacetValue
	Note   string // what is to say instead
	Close  string
}

// A FacetValue is a value, how many rows have it, and the address of these, which is empty for a long value.
type FacetValue struct {
	Text  string
	Null  bool
	Count int64
	URL   string
}

// Kind tells how values are shown.
type Kind uint8

// The kinds of columns.
const (
	Plain    Kind = iota
	Numeric       // to the right
	Prose         // text that may be long
	Document      // JSON
)

// A Column is one of the table that is shown.
type Column struct {
	Name, Type, Comment string
	Kind                Kind
	// Sort is the address where a click on the header leads; empty if it cannot be sorted
	// by. Sorted is ascending, descending or empty.
	Sort, Sorted string
	// Filter is the name of the column in a filter, and Ops are its operators.
	Filter string
	Ops    []Op
	// Link leads from a value to the row that it refers to, or is nil.
	Link *Link
}

// An Op is an operator of a filter, as people call it.
type Op struct{ Name, Text string }

// A Link leads to rows for which columns have the values of cells of this row.
type Link struct {
	Path  string
	Keys  []string // columns, as the query language names them
	Cells []int    // the numbers of the cells with their values
	Row   bool     // it leads to the page of one row
	Title string
}

// A Foot is what is known when all rows have been written.
type Foot struct {
	*Page
	Shown                 int64
	Last                  int64 // the number of the last row
	Start, Previous, Next string
	// Notes are what there is to say about the rows.
	Notes    []string
	Incoming []Reference
	Count    string // the address where the references are counted, if they are not
}

// A Reference is a link to rows that refer to the row of the page.
type Reference struct {
	Anchor
	Count string
}

// Begin writes everything up to the first row.
func (p *Page) Begin(w io.Writer) error {
	return execute(w, "page", p)
}

// End writes everything after the last row.
func (p *Page) End(w io.Writer, f Foot) error {
	f.Page = p
	return execute(w, "foot", &f)
}

// Broken writes the end of a page whose rows could not be read to their end.
func (p *Page) Broken(w io.Writer) error {
	return execute(w, "broken", p)
}
