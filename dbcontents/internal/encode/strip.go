package encode

import "bytes"

// withoutNulls is raw for json without the members that are null, as
// json_strip_nulls makes it, which has no way around a string with \u0000: such
// json can be stored, and is a fault of neither the request nor the database.
// Strings stay as they were stored; white space between tokens is left out. src
// is JSON, as the server has made sure.
func withoutNulls(dst, src []byte) []byte {
	if !validText(src) {
		return nil
	}
	start := len(dst)
	member := start // where the last member begins
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case ' ', '\t', '\n', '\r', ',': // commas are put where something follows
			i++
		case '}', ']', ':':
			dst = append(dst, c)
			i++
		default:
			end := tokenEnd(src, i)
			if end < 0 {
				return nil
			}
			before := byte('[') // of what begins
			if len(dst) > start {
				before = dst[len(dst)-1]
			}
			if before == ':' && string(src[i:end]) == "null" {
				dst = dst[:member]
			} else {
				if before != ':' {
					member = len(dst)
				}
				if before != ':' && before != '{' && before != '[' {
					dst = append(dst, ',')
				}
				dst = append(dst, src[i:end]...)
			}
			i = end
		}
	}
	return dst
}

// tokenEnd is where the token at i ends: a bracket, a string, or a word or number; -1 if nowhere.
func tokenEnd(src []byte, i int) int {
	switch src[i] {
	case '{', '[':
		return i + 1
	case '"':
		for i++; i < len(src); i++ {
			n := bytes.IndexAny(src[i:], `"\`)
			if n < 0 {
				return -1
			}
			if i += n; src[i] == '"' {
				return i + 1
			}
			i++ // what the backslash escapes
		}
		return -1
	}
	if n := bytes.IndexAny(src[i:], " \t\n\r,:{}[]\""); n >= 0 {
		return i + max(n, 1)
	}
	return len(src)
}
