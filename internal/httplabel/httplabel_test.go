package httplabel_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/httplabel"
)

func TestLabels(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{"GET": "GET", "QUERY": "QUERY", "TRACE": "TRACE", "get": "_OTHER", "S3CR3T": "_OTHER", "": "_OTHER"} {
		if got := httplabel.Method(method); got != want {
			t.Errorf("%q is %q, want %q", method, got, want)
		}
	}
	for status, want := range map[int]int{0: 0, 200: 200, 404: 404, 499: 499, 456: 400, 599: 500} {
		if got := httplabel.Status(status); got != want {
			t.Errorf("%d is %d, want %d", status, got, want)
		}
	}
}
