package httpapi_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

var fences = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// The requests in the guide to functions are answered as it says, on the database that it makes.
func TestFunctionsGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	requests := 0
	for _, fence := range fences.FindAllStringSubmatch(string(guide), -1) {
		switch fence[1] {
		case "sql":
			store, _ := setup(t, dbcontents.Config{Tables: []string{"orders"}, Functions: []string{"placed_between", "by_month", "with_tax", "spent"}}, fence[2])
			handler = httpapi.New(store, httpapi.Options{})
		case "http":
			requests++
			line, want, _ := strings.Cut(fence[2], "\n")
			response, body := get(t, handler, strings.TrimPrefix(line, "GET "))
			got := strings.ReplaceAll(body, "\r", "")
			if strings.HasPrefix(got, "[") {
				got = compact(t, got) + "\n"
			}
			if response.StatusCode != http.StatusOK || got != want {
				t.Errorf("%s: %d %s, want %s", line, response.StatusCode, got, want)
			}
		}
	}
	if requests < 5 {
		t.Errorf("%d requests", requests)
	}
}
