package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// deepest is how many objects and arrays may lie within each other. Claims of the
// usual issuers have three levels.
const deepest = 32

var errObject = errors.New("not a JSON object that has one meaning")

// parseObject parses a JSON object. It refuses what PostgreSQL cannot read or may read
// in another way: \u0000, half of a surrogate pair, and two members of the same name.
func parseObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) || !json.Valid(data) || !escapes(data) {
		return nil, errObject
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	value, err := parseValue(decoder, deepest)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errObject
	}
	return object, nil
}

// parseValue reads the next value, which may have so many levels.
func parseValue(decoder *json.Decoder, levels int) (any, error) {
	next, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := next.(json.Delim)
	if !ok {
		return next, nil
	}
	if levels == 0 {
		return nil, errObject
	}
	object, array := map[string]any{}, []any{}
	for decoder.More() {
		if delim == '[' {
			item, err := parseValue(decoder, levels-1)
			if err != nil {
				return nil, err
			}
			array = append(array, item)
			continue
		}
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name.(string)]; twice {
			return nil, errObject
		}
		if object[name.(string)], err = parseValue(decoder, levels-1); err != nil {
			return nil, err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if delim == '[' {
		return array, nil
	}
	return object, nil
}

// escapes reports whether PostgreSQL can read each \u in valid JSON. Package json does
// not report half of a surrogate pair but replaces it.
func escapes(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // an escaped backslash does not begin another escape
		if data[i] != 'u' {
			continue
		}
		c := hex4(data[i+1:])
		i += 4
		switch {
		case c == 0:
			return false
		case !utf16.IsSurrogate(c):
		case i+2 < len(data) && data[i+1] == '\\' && data[i+2] == 'u' && utf16.DecodeRune(c, hex4(data[i+3:])) != utf8.RuneError:
			i += 6
		default:
			return false
		}
	}
	return true
}

func hex4(data []byte) rune {
	n, _ := strconv.ParseUint(string(data[:4]), 16, 16) // valid JSON has four hexadecimal digits here
	return rune(n)
}
