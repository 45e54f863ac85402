package compile

import (
	"strings"
	"testing"
)

// An operator with something wrong in parentheses is not taken for another
// operator, which might be its opposite.
func TestModifierIsWrong(t *testing.T) {
	t.Parallel()
	for op, want := range map[string]string{
		"eq(some)": "eq takes any or all", "eq(any": "eq takes any or all", "fts(a'b)": "fts takes the name of a text search configuration",
		"neq(any)": "neq takes nothing", "EQ(some)": "eq takes any or all",
	} {
		err := (&Query{Where: Where(Field{Column: "id"}, op, 1)}).Check(false)
		if err == nil || !strings.HasSuffix(err.Error(), want+" in parentheses") {
			t.Errorf("%s: %v", op, err)
		}
	}
}
