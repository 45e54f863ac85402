package server

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// BenchmarkMetrics measures what the metrics cost one request.
func BenchmarkMetrics(b *testing.B) {
	request := httptest.NewRequest("GET", "/dbcontents/test_table?limit=3", nil)
	ok := httpapi.Observation{
		Route: "/dbcontents/{table}", Table: "public.test_table", Status: 200, Rows: 3, Bytes: 130, Format: dbcontents.JSON,
		Duration: 1234 * time.Microsecond, FirstByte: 1200 * time.Microsecond, Wait: 4 * time.Microsecond, RequestID: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	}
	failed := ok
	failed.Status, failed.Rows, failed.Cause, failed.Err = 404, 0, "table_missing", &dbcontents.Error{Op: "read", Code: "table_missing"}
	for name, observed := range map[string]httpapi.Observation{"ok": ok, "failed": failed} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			m := newMetrics(&service{settings: &settings{}}, httpapi.Build{})
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					m.observe(request, observed)
				}
			})
		})
	}
}
