package diagnosis

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// What PgBouncer says has one SQLSTATE. It is named as what PostgreSQL says for the same reason, also where PgBouncer repeats what
// a server has said.
func TestWhatPgBouncerSays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		at            Stage
		message, code string
	}{
		{Connecting, "no such user", "role_not_admitted"},
		{Connecting, `"trust" authentication failed`, "role_not_admitted"},
		{Connecting, "password authentication failed", "wrong_password"},
		{Connecting, "SASL authentication failed", "wrong_password"},
		{Connecting, "no such database: nowhere", "database_missing"},
		{Connecting, `database "nowhere" does not exist`, "database_missing"},
		{Connecting, "unsupported startup parameter: work_mem", "parameter_unknown"},
		{Connecting, "server shutting down", "database_starting"},
		{Reading, "server shutting down", "database_starting"},
		{Connecting, "the database system is starting up", "database_starting"},
		{Connecting, "server login has been failing, cached error: the database system is shutting down (server_login_retry)", "database_starting"},
		{Connecting, "no more connections allowed (max_client_conn)", "too_many_connections"},
		{Connecting, "client connections exceeded", "too_many_connections"},
		{Reading, "query_wait_timeout", "too_many_connections"},
		{Connecting, "sorry, too many clients already", "too_many_connections"},
		{Connecting, "server login has been failing, cached error: sorry, too many clients already (server_login_retry)", "too_many_connections"},
		{Reading, "server login has been failing, cached error: sorry, too many clients already (server_login_retry)", "too_many_connections"},
		{Connecting, "remaining connection slots are reserved for roles with the SUPERUSER attribute", "too_many_connections"},
		{Connecting, "server login has been failing, try again later (server_login_retry)", "hung_up"},
		{Connecting, "server login has been failing, cached error: connect failed (server_login_retry)", "hung_up"},
		{Connecting, "pgbouncer cannot connect to server: server down", "hung_up"},
		{Reading, "server login has been failing, cached error: connect failed (server_login_retry)", "connection_lost"},
		{Reading, "server conn crashed?", "connection_lost"},
		{Reading, "prepared statement did not exist", "statement_missing"},
		{Connecting, "SSL required", "connect_failed"},
	} {
		if got := Of(tt.at, &pgconn.PgError{Code: "08P01", Message: tt.message}).Code; got != tt.code {
			t.Errorf("%q is %s, want %s", tt.message, got, tt.code)
		}
	}
}

// What the database raises is not taken for a pooler's, nor for bytes that are no message, whatever its words are.
func TestWhatTheDatabaseRaises(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said *pgconn.PgError
		code string
	}{
		{&pgconn.PgError{Code: "08P01", Routine: Raise, Message: "prepared statement did not exist"}, "connection_lost"},
		{&pgconn.PgError{Code: "08P01", Routine: Raise, Message: "query_wait_timeout"}, "connection_lost"},
		{&pgconn.PgError{Code: "08P01", Routine: Raise, Message: "server shutting down"}, "connection_lost"},
		{&pgconn.PgError{Code: "08P01", Routine: Raise, File: "pl_exec.c", Message: "unable to bind"}, "connection_lost"},
		{&pgconn.PgError{Code: "21000", Routine: Raise, Message: "unknown message type: x"}, "database_error"},
		{&pgconn.PgError{Code: "XX000", Routine: "receive", Message: "invalid message length: 3"}, "database_error"},
		{&pgconn.PgError{Code: "XX000", Routine: "receive", Message: "its body is invalid "}, "database_error"},
	} {
		if got := Of(Reading, tt.said).Code; got != tt.code {
			t.Errorf("%+v is %s, want %s", tt.said, got, tt.code)
		}
	}
	if got := Of(Reading, errors.New("unknown message type: x")).Code; got != "connection_lost" {
		t.Errorf("pgx's own is %s", got)
	}
}
