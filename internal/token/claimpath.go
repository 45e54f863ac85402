package token

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// A claimPath leads to a value within the claims.
type claimPath []step

// A step leads to a member of an object or, without a name, to an item of an array.
type step struct {
	name  string
	index int
}

// mostIndex bounds an index. No array in a token of 8 KiB is longer.
const mostIndex = 9999

// parsePath parses names separated by dots. A name with other characters than letters,
// digits and _-$@ must be in double quotes. Any number of [index] may follow a name. A
// leading "$." or ".", as PostgREST writes it, is ignored. PostgREST's filters are not
// supported.
func parsePath(text string) (claimPath, error) {
	rest, rooted := strings.CutPrefix(text, "$.")
	if !rooted {
		rest = strings.TrimPrefix(rest, ".")
	}
	var path claimPath
	for {
		name, after, err := cutName(rest)
		if err != nil {
			return nil, err
		}
		path, rest = append(path, step{name: name}), after
		for strings.HasPrefix(rest, "[") {
			digits, after, closed := strings.Cut(rest[1:], "]")
			index, err := strconv.ParseUint(digits, 10, 16)
			if !closed || err != nil || index > mostIndex {
				return nil, errors.New("between brackets there must be a number from 0 to " + strconv.Itoa(mostIndex))
			}
			path, rest = append(path, step{index: int(index)}), after
		}
		if rest == "" {
			return path, nil
		}
		if rest[0] != '.' {
			return nil, errors.New("names must be separated by dots, or be in double quotes if they hold other characters than letters, digits and _-$@")
		}
		rest = rest[1:]
	}
}

// cutName cuts the name at the beginning of text.
func cutName(text string) (name, rest string, err error) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		name, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", "", errors.New("a closing double quote is missing")
		}
	} else {
		end := strings.IndexFunc(text, func(c rune) bool {
			return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-$@", c)
		})
		if end < 0 {
			end = len(text)
		}
		name, rest = text[:end], text[end:]
	}
	if name == "" {
		return "", "", errors.New("a name is missing")
	}
	return name, rest, nil
}

// in returns the value at the path, and whether there is one.
func (p claimPath) in(claims map[string]any) (any, bool) {
	var value any = claims
	for _, s := range p {
		switch at := value.(type) {
		case map[string]any:
			member, ok := at[s.name]
			if s.name == "" || !ok {
				return nil, false
			}
			value = member
		case []any:
			if s.name != "" || s.index >= len(at) {
				return nil, false
			}
			value = at[s.index]
		default:
			return nil, false
		}
	}
	return value, true
}
