// Package view renders what a browser shows: the rows of a table, one row, the list of
// tables, and errors. It is pure: from a model, and from rows as CSV, it makes HTML that is complete without
// scripts and loads nothing. It knows neither requests nor a database.
package view

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strconv"
)

var (
	//go:embed templates/frame.html
	frameHTML string
	//go:embed templates/page.html
	pageHTML string
	//go:embed templates/foot.html
	footHTML string
	//go:embed templates/index.html
	indexHTML string
	//go:embed templates/problem.html
	problemHTML string
	//go:embed templates/style.css
	styleCSS string
	//go:embed templates/script.js
	scriptJS string

	templates = parse(frameHTML, pageHTML, footHTML, indexHTML, problemHTML)

	styleHash, scriptHash = hashOf(styleCSS), hashOf(scriptJS)
)

func parse(texts ...string) *template.Template {
	t := template.New("view").Funcs(template.FuncMap{"number": Number, "soft": func(name string) template.HTML { return template.HTML(appendName(nil, name)) }})
	for _, text := range texts {
		template.Must(t.Parse(text))
	}
	return t
}

// A Frame is what all pages have around them.
type Frame struct {
	Title string
	// Home is the address of the list of tables; empty if there is none.
	Home string
	// Place is where the page is, below Home.
	Place []Anchor
	rules string // a style sheet for this page alone
}

// An Anchor is a link.
type Anchor struct{ Text, URL, Note string }

// Style and the others are for the templates.
func (*Frame) Style() template.CSS   { return template.CSS(styleCSS) }
func (*Frame) Script() template.JS   { return template.JS(scriptJS) }
func (f *Frame) Rules() template.CSS { return template.CSS(f.rules) }

// Policy is the Content-Security-Policy of a page: it allows the browser nothing but the
// page's own styles and script, which it knows by their hashes, and forms that lead to where the page is from.
func (f *Frame) Policy() string {
	styles := styleHash
	if f.rules != "" {
		styles += " " + hashOf(f.rules)
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + scriptHash +
		"; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// execute renders a template as a whole, and then writes it.
func execute(w io.Writer, name string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Number is n with its digits in groups of three.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b []byte
	for i := range len(digits) {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	return string(b)
}
