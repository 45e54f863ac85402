package dbcontents

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxName is PostgreSQL's NAMEDATALEN-1. A longer name would be cut by the
// server and could then mean another table.
const maxName = 63

// checkName refuses what PostgreSQL cannot hold as a name, before anything is sent.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(name) > maxName:
		return fmt.Errorf("the name is %d bytes long; PostgreSQL's names have at most %d", len(name), maxName)
	case strings.IndexByte(name, 0) >= 0:
		return errors.New("the name holds a NUL")
	case !utf8.ValidString(name):
		return errors.New("the name is not UTF-8")
	}
	return nil
}

// tableName is one entry of Config.Tables; an empty schema means every exposed one.
type tableName struct{ schema, name string }

func (t tableName) String() string {
	if t.schema == "" {
		return t.name
	}
	return t.schema + "." + t.name
}

// parseTableName reads "name", "schema.name", each part optionally in double
// quotes with "" for a quote. Unlike in SQL, parts without quotes keep their case.
func parseTableName(s string) (tableName, error) {
	var parts []string
	for rest := strings.TrimSpace(s); ; {
		part, tail, err := cutNamePart(rest)
		if err != nil {
			return tableName{}, err
		}
		if err := checkName(part); err != nil {
			return tableName{}, err
		}
		parts = append(parts, part)
		if tail == "" {
			break
		}
		rest = tail[1:] // tail begins with the dot
	}
	switch len(parts) {
	case 1:
		return tableName{name: parts[0]}, nil
	case 2:
		return tableName{schema: parts[0], name: parts[1]}, nil
	}
	return tableName{}, errors.New("want table or schema.table; quote a part that holds a dot")
}

// cutNamePart takes one part off s; tail is empty or begins with a dot.
func cutNamePart(s string) (part, tail string, err error) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, '.')
		if i < 0 {
			return s, "", nil
		}
		return s[:i], s[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		if tail = s[i+1:]; tail != "" && tail[0] != '.' {
			return "", "", errors.New("text after the closing quote")
		}
		return b.String(), tail, nil
	}
	return "", "", errors.New("the closing quote is missing")
}

// quoteName writes a name that came from the catalog as a quoted SQL
// identifier. It is for catalog names only: those have no NUL, which no quoting can hold.
func quoteName(b *strings.Builder, name string) {
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(name, `"`, `""`))
	b.WriteByte('"')
}

// isSystemSchema tells the schemas that are never exposed.
func isSystemSchema(name string) bool {
	return name == "information_schema" || strings.HasPrefix(name, "pg_")
}
