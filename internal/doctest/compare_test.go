package doctest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// compare says how what a page shows differs from what was printed. JSON is compared without its white space,
// and text without white space at the ends of its lines. "..." stands for anything.
func compare(shown, printed string) error {
	if strings.Contains(shown, "...") {
		pattern := regexp.QuoteMeta(squeeze(shown))
		pattern = "^" + strings.ReplaceAll(pattern, regexp.QuoteMeta("..."), "(?s:.*)") + "$"
		if !regexp.MustCompile(pattern).MatchString(squeeze(printed)) {
			return fmt.Errorf("the page shows\n%s\nand not\n%s", shown, printed)
		}
		return nil
	}
	if diff := cmp.Diff(normal(shown), normal(printed)); diff != "" {
		return fmt.Errorf("the page shows -, it prints +:\n%s", diff)
	}
	return nil
}

// normal is JSON values on lines of their own, without white space, or else the lines of the text.
func normal(text string) []string {
	if values, err := jsonValues(text); err == nil {
		return values
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return lines
}

func jsonValues(text string) (values []string, err error) {
	for decoder := json.NewDecoder(strings.NewReader(text)); ; {
		var value json.RawMessage
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return nil, err
		}
		var compact strings.Builder
		inText, escaped := false, false
		for _, r := range string(value) {
			switch {
			case escaped:
				escaped = false
			case inText && r == '\\':
				escaped = true
			case r == '"':
				inText = !inText
			case !inText && strings.ContainsRune(" \t\r\n", r):
				continue
			}
			compact.WriteRune(r)
		}
		values = append(values, compact.String())
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }
