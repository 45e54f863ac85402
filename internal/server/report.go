package server

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// printReport prints what a check has found, as JSON or for people.
func printReport(w io.Writer, report dbcontents.Report, asJSON bool, colors palette) error {
	if asJSON {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err := encoder.Encode(struct {
			OK bool `json:"ok"`
			dbcontents.Report
		}{works(report), report})
		if err == nil {
			_, err = io.WriteString(w, printableJSON(text.String()))
		}
		return err
	}
	report.Steps = slices.Clone(report.Steps)
	for i := range report.Steps {
		s := &report.Steps[i]
		s.Name, s.Detail, s.Hint = printableLine(s.Name), printableLine(s.Detail), printableLine(s.Hint)
	}
	layout := reportLayout{colors: colors, names: nameWidth(report)}
	if isTerminal(w) {
		layout.width = widthOf(w)
	}
	_, err := io.WriteString(w, layout.text(report))
	return err
}

const (
	markWidth = len("FAILED  ")
	longName  = 32 // a longer name does not move the details of others
)

func nameWidth(report dbcontents.Report) (width int) {
	for _, s := range report.Steps {
		if n := utf8.RuneCountInString(s.Name); n <= longName {
			width = max(width, n)
		}
	}
	return width
}

// A reportLayout is how a report is printed for people: a line for each step, with a mark, the name and
// the detail below those of the others, and at the end the first failure with its cure.
type reportLayout struct {
	colors palette
	names  int
	width  int // of lines; 0 is any
}

func (l reportLayout) text(report dbcontents.Report) string {
	var b strings.Builder
	failed := 0
	for _, s := range report.Steps {
		mark, color := "-", faint
		switch {
		case s.OK:
			mark, color = "ok", green
		case s.Reached:
			mark, color = "FAILED", red
			failed++
		}
		b.WriteString(l.colors.paint(color, mark) + strings.Repeat(" ", markWidth-len(mark)))
		fmt.Fprintf(&b, "%-*s", l.names, s.Name)
		l.line(&b, s.Detail)
		if s.Code != "" {
			l.line(&b, "cause: "+s.Code)
		}
		if s.Hint != "" {
			l.line(&b, "cure: "+s.Hint)
		}
	}
	first := slices.IndexFunc(report.Steps, func(s dbcontents.Step) bool { return s.Reached && !s.OK })
	if first < 0 {
		fmt.Fprintf(&b, "\n%s\n", l.colors.paint(green, fmt.Sprintf("All %d steps are in order.", len(report.Steps))))
		return b.String()
	}
	s := report.Steps[first]
	fmt.Fprintf(&b, "\n%s\n", l.colors.paint(red, fmt.Sprintf("%d of %d steps failed. The first:", failed, len(report.Steps))))
	l.closing(&b, "step", s.Name)
	l.closing(&b, "what", s.Detail)
	l.closing(&b, "cure", s.Hint)
	return b.String()
}

// line ends a line with text, below the details of other steps.
func (l reportLayout) line(b *strings.Builder, text string) {
	indent := strings.Repeat(" ", markWidth+l.names+2)
	if l.width > 0 {
		text = wrap(text, indent, max(l.width, len(indent)+leastWidth))
	}
	if strings.HasSuffix(b.String(), "\n") {
		b.WriteString(indent + text + "\n")
		return
	}
	b.WriteString("  " + text + "\n")
}

// closing writes a line about the first failure.
func (l reportLayout) closing(b *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	if l.width > 0 {
		text = wrap(text, strings.Repeat(" ", markWidth), l.width)
	}
	fmt.Fprintf(b, "  %s  %s\n", name, text)
}
