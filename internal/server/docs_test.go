package server_test

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

var update = flag.Bool("update", false, "rewrite the tables of variables and metrics in the documentation")

// The documentation's tables of variables are made of the tags of the settings.
func TestDocumentationIsInStep(t *testing.T) {
	for name, want := range map[string]string{
		"../../docs/configuration.md": table(false),
		"../../README.md":             table(true),
	} {
		inStep(t, name, "| variable | default | meaning |\n", want)
	}
}

// What is between single quotes is code, so that an apostrophe would be half of a pair.
func TestQuotesOfVariables(t *testing.T) {
	for _, v := range server.Variables {
		for _, text := range []string{v.Default, v.About} {
			if rest := regexp.MustCompile(`(^|[ (])'[^' ]([^']*[^' ])?'($|[ ,;:.)])`).ReplaceAllString(text, "$1$3"); strings.Contains(rest, "'") {
				t.Errorf("%s: an apostrophe, or a quote without its pair: %s", v.Name, text)
			}
		}
	}
}

// inStep compares the table of a file that begins with the line, or writes it with -update.
func inStep(t *testing.T, name, line, want string) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	begin := strings.Index(text, line)
	if begin < 0 {
		t.Errorf("%s has no table that begins with %s", name, line)
		return
	}
	length := strings.Index(text[begin:]+"\n\n", "\n\n") + 1
	changed := text[:begin] + want + text[min(len(text), begin+length):]
	if *update {
		if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if diff := cmp.Diff(changed, text); diff != "" {
		t.Errorf("%s is out of step; run: go test ./internal/server -update (-want +got):\n%s", name, diff)
	}
}

// table is the variables as a Markdown table; short leaves out those that
// README does not list.
func table(short bool) string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	for _, v := range server.Variables {
		if short && !v.Readme {
			continue
		}
		row := "| '" + v.Name + "' | " + v.Default + " | " + v.About + " |\n"
		b.WriteString(strings.ReplaceAll(row, "'", "`"))
	}
	return b.String()
}

// The documentation's table of metrics is made of what a server shows.
func TestDocumentationOfMetricsIsInStep(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS=on")
	s.get(t, "/dbcontents")
	s.get(t, "/absent")
	_, scraped := s.get(t, "/metrics")
	rows := map[string]*struct{ kind, labels, help string }{}
	for line := range strings.Lines(scraped) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(words) == 4 && words[0] == "#" {
			if rows[words[2]] == nil {
				rows[words[2]] = &struct{ kind, labels, help string }{}
			}
			switch words[1] {
			case "HELP":
				rows[words[2]].help = words[3]
			case "TYPE":
				rows[words[2]].kind = words[3]
			}
		}
	}
	for name, row := range rows {
		series := regexp.MustCompile(`(?m)^` + name + `(?:_count)?\{(.*)\} `).FindStringSubmatch(scraped)
		if series != nil {
			var labels []string
			for _, pair := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(series[1], -1) {
				labels = append(labels, "`"+pair[1]+"`")
			}
			row.labels = strings.Join(labels, ", ")
		}
	}
	var b strings.Builder
	b.WriteString("| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if strings.HasPrefix(name, "dbcontents_") || strings.HasPrefix(name, "http_") {
			b.WriteString("| `" + name + "` | " + rows[name].kind + " | " + rows[name].labels + " | " + rows[name].help + " |\n")
		}
	}
	inStep(t, "../../docs/operations.md", "| metric | type | labels | meaning |\n", b.String())
}
