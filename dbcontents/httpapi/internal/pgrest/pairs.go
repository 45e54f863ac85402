package pgrest

import (
	"iter"
	"strings"
)

// Pairs returns the decoded parameters of a query string in their order. Parameters
// end at & and at ;. A plus is a space, and a percent sign without two hexadecimal
// digits stands for itself. Parts without = are left out. (net/url refuses
// semicolons and does not keep the order.)
func Pairs(raw string) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for raw != "" {
			pair, rest := raw, ""
			if i := strings.IndexAny(raw, "&;"); i >= 0 {
				pair, rest = raw[:i], raw[i+1:]
			}
			raw = rest
			if key, value, ok := strings.Cut(pair, "="); ok && !yield(decode(key), decode(value)) {
				return
			}
		}
	}
}

func decode(s string) string {
	if !strings.ContainsAny(s, "+%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = hexDigit(s[i+1])<<4 | hexDigit(s[i+2])
			i += 2
		}
		b = append(b, c)
	}
	return string(b)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
