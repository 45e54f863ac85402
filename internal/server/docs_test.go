package server_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

var update = flag.Bool("update", false, "rewrite the tables of variables in the documentation")

// The documentation's tables of variables are made of the tags of the settings.
func TestDocumentationIsInStep(t *testing.T) {
	for name, want := range map[string]string{
		"../../docs/configuration.md": table(false),
		"../../README.md":             table(true),
	} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		begin := strings.Index(text, "| variable | default | meaning |\n")
		if begin < 0 {
			t.Errorf("%s has no table of variables", name)
			continue
		}
		length := strings.Index(text[begin:]+"\n\n", "\n\n") + 1
		changed := text[:begin] + want + text[min(len(text), begin+length):]
		if *update {
			if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
				t.Error(err)
			}
			continue
		}
		if diff := cmp.Diff(changed, text); diff != "" {
			t.Errorf("%s is out of step; run: go test ./internal/server -update (-want +got):\n%s", name, diff)
		}
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
