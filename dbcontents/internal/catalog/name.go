package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxName is PostgreSQL's NAMEDATALEN-1. A longer name would be cut by the
// server and could then mean another table.
const maxName = 63

// CheckName refuses what PostgreSQL cannot hold as a name, before anything is sent.
func CheckName(name string) error {
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

// A Name is what a table is asked for by, or exposed by; an empty schema means every
// exposed one.
type Name struct{ Schema, Name string }

// String is "name" or "schema.name".
func (t Name) String() string {
	if t.Schema == "" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// Key is t as ParseName reads it, with quotes only where they are needed. They are needed
// for a name that ends as the key of a function does.
func (t Name) Key() string {
	if t.Schema == "" {
		return keyPart(t.Name)
	}
	return keyPart(t.Schema) + "." + keyPart(t.Name)
}

func keyPart(name string) string {
	if !strings.ContainsAny(name, `."`) && strings.TrimSpace(name) == name && !strings.HasSuffix(name, "()") {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// ParseName reads "name", "schema.name", each part optionally in double
// quotes with "" for a quote. Unlike in SQL, parts without quotes keep their case.
func ParseName(s string) (Name, error) {
	var parts []string
	for rest := strings.TrimSpace(s); ; {
		part, tail, err := cutNamePart(rest)
		if err != nil {
			return Name{}, err
		}
		if err := CheckName(part); err != nil {
			return Name{}, err
		}
		parts = append(parts, part)
		if tail == "" {
			break
		}
		rest = tail[1:] // tail begins with the dot
	}
	switch len(parts) {
	case 1:
		return Name{Name: parts[0]}, nil
	case 2:
		return Name{Schema: parts[0], Name: parts[1]}, nil
	}
	return Name{}, errors.New("want table or schema.table; quote a part that holds a dot")
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

// QuoteName writes a name that came from the catalog as a quoted SQL
// identifier. It is for catalog names only: those have no NUL, which no quoting can hold.
func QuoteName(b *strings.Builder, name string) {
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(name, `"`, `""`))
	b.WriteByte('"')
}

// IsSystemSchema tells the schemas that are never exposed.
func IsSystemSchema(name string) bool {
	return name == "information_schema" || strings.HasPrefix(name, "pg_")
}
