package diagnosis

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// What is no message of the protocol is a connection that broke off, and not a row that is too large.
func TestGarbledMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ bytes, code string }{
		{"erver conn crashed?\x00\x00", "connection_lost"}, // the end of what PgBouncer says
		{"D\xff\xff\xff\xffcrashed", "connection_lost"},
		{"D\x00\x00\x00\x02crashed", "connection_lost"},
		{"?\x00\x00\x00\x04", "connection_lost"},
		{"D\x00\x00\x00\x08\x00\x01cr", "connection_lost"},
		{"Z\x00\x00\x00\x06cr", "connection_lost"},
		{"AL\x00C08P01", "connection_lost"},
		{"C08P01\x00M", "connection_lost"},
		{"01\x00Mserver", "connection_lost"},
		{"r conn crashed?", "connection_lost"},
		{"D\x7f\x00\x00\x00\x00\x01", "connection_lost"}, // PostgreSQL has no messages of 2 GiB
		{"D\x10aaa\x00\x01", "row_too_large"},
		{"D\x30\x00\x00\x00\x00\x01", "row_too_large"},
	} {
		front := pgproto3.NewFrontend(strings.NewReader(tt.bytes), nil)
		front.SetMaxBodyLen(1 << 20)
		if _, err := front.Receive(); err == nil || Of(Reading, err).Code != tt.code {
			t.Errorf("%q: %v, want %s", tt.bytes, err, tt.code)
		}
	}
}
