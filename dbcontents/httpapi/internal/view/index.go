package view

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

// An Index is the list of tables.
type Index struct {
	Frame
	Schemas []Schema
	Find    string // what is searched for; empty for all
	Found   int
	All     int64
	Sizes   bool // it is known how large tables are
	Kept    Pairs
	Clear   string
}

// A Schema has the tables of one schema.
type Schema struct {
	Name   string
	Tables []Table
}

// A Table is one in the list.
type Table struct {
	Name, Kind, Comment string
	URL, Note           string // where it is, or why it is nowhere
	Rows, Size          string
	Columns             []string
}

// Add adds a table of a schema, unless what is searched for is in none of its names nor its comment.
func (x *Index) Add(schema string, t Table) {
	x.All++
	texts := append([]string{schema + "." + t.Name, t.Comment}, t.Columns...)
	if x.Find != "" && !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(x.Find)) }) {
		return
	}
	x.Found++
	if n := len(x.Schemas); n == 0 || x.Schemas[n-1].Name != schema {
		x.Schemas = append(x.Schemas, Schema{Name: schema})
	}
	s := &x.Schemas[len(x.Schemas)-1]
	s.Tables = append(s.Tables, t)
}

// Write writes the page.
func (x *Index) Write(w io.Writer) error { return execute(w, "index", x) }

// A Problem is an error, for people.
type Problem struct {
	Frame
	Status                          int
	StatusText                      string
	Summary, Message, Details, Hint string
	Cause, Code, RequestID          string
	Ways                            []Anchor // back, or on
}

// Write writes the page.
func (p *Problem) Write(w io.Writer) error { return execute(w, "problem", p) }

// Bytes is a size for people.
func Bytes(n int64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, unit := float64(n), 0
	for x >= 1024 && unit < len(units)-1 {
		x, unit = x/1024, unit+1
	}
	digits := 0
	if unit > 0 && x < 10 {
		digits = 1
	}
	return strconv.FormatFloat(x, 'f', digits, 64) + " " + units[unit]
}
