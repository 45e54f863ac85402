package pgrest

import (
	"slices"
	"strings"
)

// Quote is how a query string has the name of a column, a table or a constraint, before it is
// percent-encoded: in double quotes if without them it would be read as something else.
func Quote(name string) string {
	bare := !slices.Contains(reserved, name) && name != "not"
	for part := range strings.SplitSeq(name, "-") {
		bare = bare && part != "" && strings.TrimSpace(part) == part && !strings.ContainsFunc(part, func(c rune) bool { return !isIdent(c) })
	}
	if bare {
		return name
	}
	return `"` + quoting.Replace(name) + `"`
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
