package doctest

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	inCode  = regexp.MustCompile("`[^`\n]*`")
	mention = regexp.MustCompile(`\bdocs/[\w/-]+\.md\b`)
)

// prose is the text of a page without its code.
func prose(text string) string {
	return inCode.ReplaceAllString(fenced.ReplaceAllString(text, ""), "`code`")
}

// anchors are the fragments that a link into a page may have: those that GitHub gives to headings, and explicit ones.
func anchors(text string) []string {
	var found []string
	text = fenced.ReplaceAllString(text, "")
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := slugOf(m[1])
		if n := count(found, slug); n > 0 {
			slug = fmt.Sprintf("%s-%d", slug, n)
		}
		found = append(found, slug)
	}
	for _, m := range anchor.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

func count(slugs []string, slug string) (n int) {
	for _, s := range slugs {
		if s == slug || strings.HasPrefix(s, slug+"-") && strings.Trim(s[len(slug)+1:], "0123456789") == "" {
			n++
		}
	}
	return n
}

// slugOf is the fragment that GitHub gives to a heading.
func slugOf(heading string) string {
	heading = link.ReplaceAllString(heading, "]")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// deadLinks are the links of a page that lead nowhere. read returns what a path below root holds.
func deadLinks(p page, read func(name string) (string, error)) (problems []string) {
	for _, m := range link.FindAllStringSubmatch(prose(p.text), -1) {
		if problem := deadLink(p, m[1], read); problem != "" {
			problems = append(problems, p.name+": "+m[1]+": "+problem)
		}
	}
	return problems
}

func deadLink(p page, target string, read func(name string) (string, error)) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "" && (u.Scheme != "https" || u.Host == ""):
		return "not an https address"
	case u.Scheme != "":
		return ""
	case u.Path == "" && u.Fragment == "" || u.Host != "" || strings.HasPrefix(u.Path, "/"):
		return "not a relative path"
	}
	text := p.text
	if u.Path != "" {
		name := path.Join(path.Dir(p.name), u.Path)
		if strings.HasPrefix(name, "..") {
			return "leads out of the tree"
		}
		if text, err = read(name); err != nil {
			return "no such file"
		}
	}
	if u.Fragment != "" && !slices.Contains(anchors(text), u.Fragment) {
		return "no such heading"
	}
	return ""
}

// readBelow reads a file, or nothing of a directory.
func readBelow(name string) (string, error) {
	name = filepath.Join(root, filepath.FromSlash(name))
	if info, err := os.Stat(name); err != nil || info.IsDir() {
		return "", err
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, problem := range deadLinks(p, readBelow) {
			t.Error(problem)
		}
	}
}

// The index names every page of docs.
func TestIndexIsWhole(t *testing.T) {
	t.Parallel()
	index, err := readBelow("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages(t) {
		if name, ok := strings.CutPrefix(p.name, "docs/"); ok && name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

// The pages that comments and messages in the code name are there.
func TestCodeNamesPages(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasPrefix(path, filepath.Join(root, "internal", "doctest")) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range mention.FindAllString(string(text), -1) {
			if _, err := readBelow(name); err != nil && name != "docs/x.md" { // a name made up by a test
				t.Errorf("%s names %s, which is not there", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
