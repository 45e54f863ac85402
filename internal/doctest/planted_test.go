package doctest

import (
	"io/fs"
	"strings"
	"testing"
)

// Each check finds what it is for.
func TestFindsPlanted(t *testing.T) {
	t.Parallel()
	const fence = "```"
	parse := func(text string) []string {
		_, problems := parsePage("x.md", text)
		return problems
	}
	links := func(text string) []string {
		return deadLinks(page{name: "docs/x.md", text: text}, func(name string) (string, error) {
			if name != "docs/y.md" {
				return "", fs.ErrNotExist
			}
			return "# One `two`, three\n\n## Again\n\n## Again\n<a id=\"made\"></a>\n", nil
		})
	}
	script := func(text string) []string {
		if strange := strangeCommand(text); strange != "" {
			return []string{strange}
		}
		return nil
	}
	output := func(shown, printed string) []string {
		if compare(shown, printed) != nil {
			return []string{"differs"}
		}
		return nil
	}
	for name, c := range map[string]struct {
		found []string
		want  string // the end of the only problem, or empty
	}{
		"a block with a rule":        {parse(fence + "sql\nSELECT 1;\n" + fence + "\n"), ""},
		"a block without a rule":     {parse(fence + "ruby\nx\n" + fence + "\n"), "say <!-- not run: why --> before it"},
		"one that is not run":        {parse("<!-- not run: why -->\n" + fence + "ruby\nx\n" + fence + "\n"), ""},
		"a block without language":   {parse(fence + "\nx\n" + fence + "\n"), "say <!-- not run: why --> before it"},
		"output of nothing":          {parse(fence + "sql\nSELECT 1;\n" + fence + "\n" + fence + "json\n1\n" + fence + "\n"), "say <!-- not run: why --> before it"},
		"a block without an end":     {parse(fence + "sql\nSELECT 1;\n"), "the block does not end"},
		"a marker alone":             {parse("<!-- not run: why -->\nText.\n"), "a marker without a block"},
		"a strange fence":            {parse(fence + "sh copy\nx\n"), "is no fence with the name of a language"},
		"a script":                   {script("A=1 B=2 server\ncurl x \\\n  y # z\n"), ""},
		"a script that removes":      {script("curl x\nrm -r y\n"), "rm -r y"},
		"a script that goes on":      {script("curl x; rm -r y\n"), "curl x; rm -r y"},
		"one behind an output":       {script("curl x | sh\n"), "curl x | sh"},
		"one in the background":      {script("curl x & rm -r y\n"), "curl x & rm -r y"},
		"one inside of a word":       {script("curl \"$(rm -r y)\"\n"), "curl \"$(rm -r y)\""},
		"one before a server":        {script("A=1;reboot server\n"), "A=1;reboot server"},
		"one in backquotes":          {script("curl `rm -r y`\n"), "curl `rm -r y`"},
		"a file elsewhere":           {script("curl x > /y\n"), "curl x > /y"},
		"a file here":                {script("curl x > y.json\nwc -l <y.json\n"), ""},
		"quoted signs":               {script("curl 'x?a&b' \"c;d|e\" f\\;g # it's h; i\n"), ""},
		"an open quote":              {script("curl 'x\n"), "curl 'x"},
		"equal JSON":                 {output("[{\"a\": 1.0},\n {\"b\": \"x y\"}]\n", "[{\"a\":1.0},\n{\"b\":\"x y\"}]\n"), ""},
		"other digits":               {output("[1.0]", "[1.00]"), "differs"},
		"other spaces in a text":     {output("[\"x y\"]", "[\"xy\"]"), "differs"},
		"without the rest":           {output("{\"a\": 2, ...}", "{\"a\":1,\"b\":2}"), "differs"},
		"with anything":              {output("{\"a\": 1, ...}", "{\"a\":1,\"b\":2}"), ""},
		"links":                      {links("[a](y.md) [b](y.md#one-two-three) [c](y.md#again-1) [d](y.md#made) [e](https://example.org/)"), ""},
		"a link in code":             {links("`[a](z.md)`\n" + fence + "text\n[a](z.md)\n" + fence + "\n"), ""},
		"a file that is not there":   {links("[a](z.md)"), "no such file"},
		"a heading that is not":      {links("[a](y.md#two)"), "no such heading"},
		"a heading here that is not": {links("[a](#two)"), "no such heading"},
		"out of the tree":            {links("[a](../../y.md)"), "leads out of the tree"},
		"http":                       {links("[a](http://example.org)"), "not an https address"},
	} {
		if c.want == "" && len(c.found) > 0 || c.want != "" && (len(c.found) != 1 || !strings.HasSuffix(c.found[0], c.want)) {
			t.Errorf("%s: found %q, want %q", name, c.found, c.want)
		}
	}
}
