package doctest

import (
	"maps"
	"strings"
	"testing"
)

// notRun is how many blocks of each page are not run. More would need a reason as good.
var notRun = map[string]int{
	"docker/patroni/README.md":      1,
	"docs/callers.md":               2,
	"docs/configuration.md":         1,
	"docs/docker.md":                11,
	"docs/faq.md":                   1,
	"docs/getting-started.md":       3,
	"docs/guides/cors.md":           1,
	"docs/guides/from-postgrest.md": 1,
	"docs/guides/proxy.md":          2,
	"docs/openapi.md":               2,
	"docs/operations.md":            3,
	"docs/performance.md":           2,
	"docs/postgrest.md":             1,
	"docs/scaling.md":               7,
	"docs/soak.md":                  2,
	"docs/view.md":                  1,
}

// Every block of every page does what the page says.
func TestBlocks(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for _, p := range pages(t) {
		run := false
		for _, b := range p.blocks {
			if b.notRun != "" {
				found[p.name]++
			} else {
				run = true
			}
		}
		if !run {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			for _, b := range p.blocks {
				if err := r.run(b); err != nil {
					t.Errorf("%s:%d: %v\n%s", p.name, b.line, err, b.text)
				}
			}
		})
	}
	if !maps.Equal(found, notRun) {
		t.Errorf("blocks that are not run: %v, want %v", found, notRun)
	}
}

// Guides are short and show what comes back, and README fits on a few screens.
func TestLengths(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		lines := strings.Count(p.text, "\n")
		guide := strings.HasPrefix(p.name, "docs/guides/")
		if limit := 150; p.name == "README.md" && lines > limit {
			t.Errorf("%s has %d lines; it should stay at %d", p.name, lines, limit)
		}
		if limit := 120; guide && lines > limit {
			t.Errorf("%s has %d lines; a guide has at most %d", p.name, lines, limit)
		}
		shows := false
		for _, b := range p.blocks {
			shows = shows || b.output != nil || b.language == "http"
		}
		if guide && !shows {
			t.Errorf("%s shows no output", p.name)
		}
	}
}
