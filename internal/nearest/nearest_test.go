package nearest_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/nearest"
)

func TestOf(t *testing.T) {
	t.Parallel()
	names := []string{"id", "value", "created_at", "Überschrift", "limit", strings.Repeat("x", 300)}
	for name, want := range map[string]string{
		"valeu":                  "value", // a swap is one edit
		"vlue":                   "value",
		"VALUE":                  "value",
		"creatd_ad":              "created_at",
		"uberschrift":            "Überschrift",
		"limt":                   "limit",
		"idd":                    "id",
		"":                       "",
		"x":                      "",
		"entirely_else":          "",
		"value":                  "", // itself is not a correction
		strings.Repeat("x", 299): "",
	} {
		if got := nearest.Of(name, names...); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
}
