package negotiate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

func TestPrefer(t *testing.T) {
	t.Parallel()
	type preferences = negotiate.Preferences
	for _, tt := range []struct {
		reason  string
		lines   []string
		want    preferences
		applied string
		invalid []string
	}{
		{"no header", nil, preferences{}, "", nil},
		{"empty elements are skipped", []string{" , ,", ""}, preferences{}, "", nil},
		{
			"all that have an effect, in their order",
			[]string{"max-rows=fail, wait=20", "timezone=UTC, handling=lenient", "count=exact"},
			preferences{Count: "exact", Handling: "lenient", TimeZone: "UTC", Wait: 20 * time.Second, AllRows: true},
			"count=exact, handling=lenient, timezone=UTC, wait=20, max-rows=fail", nil,
		},
		{
			"the first of a name counts",
			[]string{"count=planned, count=exact", "timezone=UTC, timezone=Asia/Tokyo, wait=2, wait=1"},
			preferences{Count: "planned", TimeZone: "UTC", Wait: 2 * time.Second},
			"count=planned, timezone=UTC, wait=2", nil,
		},
		{"preferences for writes are known", []string{"return=minimal, tx=rollback, max-affected=3"}, preferences{}, "", nil},
		{"lenient handling ignores the unknown", []string{"a=b"}, preferences{Unknown: []string{"a=b"}}, "", nil},
		{
			"strict handling does not",
			[]string{"a, handling=strict", "return=all"},
			preferences{Handling: "strict", Unknown: []string{"a", "return=all"}},
			"handling=strict",
			[]string{"a", "return=all"},
		},
		{"names are exact", []string{"Count=exact, count = exact"}, preferences{Unknown: []string{"Count=exact", "count = exact"}}, "", nil},
		{"an empty time zone is none", []string{"timezone="}, preferences{Unknown: []string{"timezone="}}, "", nil},
		{"a wait is a positive number", []string{"wait=soon, wait=0, wait=-1, wait=1.5"}, preferences{Unknown: []string{"wait=soon", "wait=0", "wait=-1", "wait=1.5"}}, "", nil},
		{"a wait is a day at most", []string{"wait=4000000000"}, preferences{Wait: 24 * time.Hour}, "wait=86400", nil},
	} {
		got := negotiate.Prefer(tt.lines)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		if diff := cmp.Diff(tt.invalid, got.Invalid()); diff != "" {
			t.Errorf("%s: invalid (-want +got):\n%s", tt.reason, diff)
		}
		if applied := got.Applied(); applied != tt.applied {
			t.Errorf("%s: applied %q, want %q", tt.reason, applied, tt.applied)
		}
	}
}
