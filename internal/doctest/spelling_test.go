package doctest

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	target  = regexp.MustCompile(`\]\([^)]*\)|<[^>\n]*>|https?://\S+`)
	checked = regexp.MustCompile(`^[A-Z]?[a-z']{3,}$`) // and not a name in code, an abbreviation, or a code of an error
)

// Every word of the pages and of comments is an English one, or is in testdata/words.txt. The pages that
// are made of the tables of errors and settings have the words of messages, too.
func TestSpelling(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("hunspell"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs the program hunspell with the dictionaries en_GB and en_US: ", err)
	}
	list, err := os.ReadFile("testdata/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(string(list))
	texts, err := commentsByFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages(t) {
		texts[p.name] = target.ReplaceAllString(prose(p.text), " ")
	}
	const planted = "a planted text"
	texts[planted] = "The recieved rows, the Goroutine's name, a jwt, httpapi.New and PostgREST."
	words, err := misspelt(strings.Join(slices.Collect(maps.Values(texts)), "\n"), known)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, word := range words {
		whole := regexp.MustCompile(`\b` + word + `\b`)
		for name, text := range texts {
			switch {
			case !whole.MatchString(text):
			case name == planted && word == "recieved":
				found = true
			default:
				t.Errorf("%s: %q is no word; correct it, or add it to internal/doctest/testdata/words.txt", name, word)
			}
		}
	}
	if !found {
		t.Error("the planted mistake was not found")
	}
}

// misspelt are the words that neither the dictionaries nor the known ones have, each once.
func misspelt(text string, known []string) ([]string, error) {
	cmd := exec.Command("hunspell", "-d", "en_GB,en_US", "-i", "utf-8", "-l")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var words []string
	for word := range strings.FieldsSeq(string(out)) {
		word = strings.TrimSuffix(word, "'s")
		if checked.MatchString(word) && !slices.Contains(known, strings.ToLower(word)) {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// commentsByFile are the comments of each file in Go, without code and directives.
func commentsByFile() (map[string]string, error) {
	comments := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile(path, -1, len(source)), source, nil, scanner.ScanComments)
		for {
			_, kind, text := s.Scan()
			if kind == token.EOF {
				return nil
			}
			if kind == token.COMMENT && strings.HasPrefix(text, "// ") {
				comments[path] += target.ReplaceAllString(inCode.ReplaceAllString(text, " "), " ") + "\n"
			}
		}
	})
	return comments, err
}
