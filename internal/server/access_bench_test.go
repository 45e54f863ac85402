package server

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// BenchmarkAccessLog measures what the access log costs one request.
func BenchmarkAccessLog(b *testing.B) {
	request := httptest.NewRequest("GET", "/dbcontents/test_table?limit=3", nil)
	observed := httpapi.Observation{
		Route: "/dbcontents/{table}", Table: "public.test_table", Status: 200, Rows: 3, Bytes: 130,
		Duration: 1234 * time.Microsecond, Wait: 4 * time.Microsecond, RequestID: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	}
	for _, form := range []string{"json", "text"} {
		b.Run(form, func(b *testing.B) {
			b.ReportAllocs()
			access := NewAccessLog(io.Discard, form == "json", slog.LevelInfo)
			for b.Loop() {
				access.Observe(request, observed)
			}
		})
	}
}
