package pool

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Only a refusal of one of our own settings, in PgBouncer's way, tells of a pooler.
func TestWhatTellsOfAPooler(t *testing.T) {
	t.Parallel()
	settings := Config{}.settings()
	for _, tt := range []struct {
		said *pgconn.PgError
		want bool
	}{
		{&pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: lock_timeout"}, true},
		{&pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: default_transaction_read_only"}, true},
		{&pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: work_mem"}, false},
		{&pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: "}, false},
		{&pgconn.PgError{Code: "08P01", Message: "invalid startup packet layout"}, false},
		{&pgconn.PgError{Code: "42704", Message: "unrecognized startup parameter: lock_timeout"}, false},
	} {
		if got := refusesSettings(tt.said, settings); got != tt.want {
			t.Errorf("%v: %v", tt.said, got)
		}
	}
}
