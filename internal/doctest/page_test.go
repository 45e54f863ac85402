package doctest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the top of the tree.
const root = "../.."

// A page is a file of documentation.
type page struct {
	name   string // below root
	text   string
	blocks []*block
}

// A block is a fenced block of code.
type block struct {
	line           int // of its first line
	language, text string
	notRun         string // the reason that its marker gives, or empty
	output         *block // the next block, if it is what this one prints
}

var (
	fence  = regexp.MustCompile("^```(\\w*)$")
	marker = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
)

// The languages of blocks. A block in any other one must say why it is not run.
var (
	commands = []string{"sql", "sh", "http", "go"}
	outputs  = []string{"json", "ndjson", "csv", "text"}
	pictures = []string{"mermaid"}
)

// parsePage finds the blocks of a page and what is wrong with them.
func parsePage(name, text string) (p page, problems []string) {
	p = page{name: name, text: text}
	complain := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s:%d: ", name, line)+fmt.Sprintf(format, args...))
	}
	var open *block
	reason, number := "", 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		switch found := fence.FindStringSubmatch(line); {
		case open != nil && line == "```":
			p.blocks, open = append(p.blocks, open), nil
		case open != nil:
			open.text += line + "\n"
		case found != nil:
			open = &block{line: number + 1, language: found[1], notRun: reason}
			reason = ""
		case strings.HasPrefix(line, "```"):
			complain(number, "%q is no fence with the name of a language", line)
		case marker.MatchString(line):
			reason = marker.FindStringSubmatch(line)[1]
		case reason != "" && line != "":
			complain(number, "a marker without a block")
			reason = ""
		}
	}
	if open != nil {
		complain(open.line, "the block does not end")
	}
	var before *block
	for _, b := range p.blocks {
		switch {
		case b.notRun != "" || slices.Contains(commands, b.language) || slices.Contains(pictures, b.language):
		case !slices.Contains(outputs, b.language):
			complain(b.line, "a block of %q is checked by nothing; say <!-- not run: why --> before it", b.language)
		case before == nil || before.notRun != "" || before.language != "sh" && before.language != "go":
			complain(b.line, "the output of nothing that is run; say <!-- not run: why --> before it")
		default:
			before.output = b
		}
		before = b
	}
	return p, problems
}

// pages are all pages of the tree.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		p, problems := parsePage(filepath.ToSlash(name), string(text))
		for _, problem := range problems {
			t.Error(problem)
		}
		all = append(all, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
