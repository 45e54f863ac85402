package compile

import (
	"hash/fnv"
	"io"
	"strings"
)

// planText is a statement of a Plan for people, and its hash.
type planText struct {
	sql  string
	hash uint64
}

// Text is the SQL that reads the rows of q, of which there are at most limit, for people, and a hash
// of it. In the place of constants it has question marks. Values of a request are parameters, but keys
// in a path and configurations of a text search are constants, see quoteLiteral. It is kept with p.
func (p *Plan) Text(q *Query, limit int64) (sql string, hash uint64) {
	limited := Query{Limit: limit, Offset: q.Offset}
	limits := limited.limits()
	text := p.texts[limits].Load()
	if text == nil {
		text = &planText{sql: redacted(p.sql(limits))}
		h := fnv.New64a()
		io.WriteString(h, text.sql)
		text.hash = h.Sum64()
		p.texts[limits].Store(text) // another read may store the same
	}
	return text.sql, text.hash
}

// redacted replaces the strings and numbers in a statement of this package, which has neither
// comments nor strings in dollars, and in which a backslash escapes no quote.
func redacted(sql string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(sql); {
		begin := i
		switch c := sql[i]; {
		case c == '"':
			i = afterQuoted(sql, i)
			continue
		case c == '\'':
			i = afterQuoted(sql, i)
		case c == 'E' && i+1 < len(sql) && sql[i+1] == '\'':
			i = afterQuoted(sql, i+1)
		case isDigit(c):
			for i < len(sql) && (isDigit(sql[i]) || sql[i] == '.') {
				i++
			}
		case c == '$' || isLetter(c):
			for i++; i < len(sql) && (isLetter(sql[i]) || isDigit(sql[i]) || sql[i] == '$'); i++ {
			}
			continue
		default:
			i++
			continue
		}
		b.WriteString(sql[done:begin])
		b.WriteByte('?')
		done = i
	}
	if done == 0 {
		return sql
	}
	b.WriteString(sql[done:])
	return b.String()
}

// afterQuoted is the place behind the quoted text that begins at i, in which the quote stands twice for one.
func afterQuoted(sql string, i int) int {
	quote := sql[i]
	for i++; i < len(sql); i++ {
		if sql[i] != quote {
			continue
		}
		if i+1 == len(sql) || sql[i+1] != quote {
			return i + 1
		}
		i++
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
