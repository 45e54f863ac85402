package faults

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

func TestRow17_TooManyConnections(t *testing.T) {
	begin(t, 17)
	p := private.take(t)
	r := rigOn(t, p.dsn("sslmode=disable"))
	var holders []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), p.dsn("sslmode=disable"))
		if err != nil {
			break
		}
		holders = append(holders, conn)
	}
	r.fails(want{status: 503, cause: "too_many_connections", is: dbcontents.ErrBusy, state: "53300"})
	for _, conn := range holders {
		conn.Close(t.Context())
	}
	r.healthy("")
}

// What target_session_attrs asks for is what the server is, not what we have
// made of our own session.
func TestRow19_WrongServerRole(t *testing.T) {
	begin(t, 19)
	p := mortal.take(t)
	const standby = "sslmode=disable&target_session_attrs="
	r := rigOn(t, p.dsn(standby+"standby"))
	r.fails(unavailable("wrong_server_role"))
	rigOn(t, p.dsn(standby+"read-only")).fails(unavailable("wrong_server_role"))
	for _, target := range []string{"primary", "read-write", "prefer-standby", "any"} {
		rigOn(t, p.dsn(standby+target)).healthy("")
	}

	p.shell("cat > standby.signal", "")
	p.restart()
	r.healthy("")
	rigOn(t, p.dsn(standby+"read-only")).healthy("")
	rigOn(t, p.dsn(standby+"read-write")).fails(unavailable("wrong_server_role"))
	p.exec("SELECT pg_promote()")
}

// restart stops the server and starts it again.
func (i *instance) restart() {
	i.Helper()
	if err := errors.Join(i.Halt(false), i.Boot(i.Context())); err != nil {
		i.Fatal(err)
	}
}

// connect is a connection that the test closes, or its end.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execOn(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%v\nin: %s", err, sql)
	}
}
