package pgtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestPrivate(t *testing.T) {
	for _, kind := range []string{"local", "docker"} {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("DBCONTENTS_TEST_POSTGRES", kind)
			server, err := pgtest.Private(t.Context(), "-c", "max_connections=17")
			if err != nil {
				skipAbsent(t, err.Error())
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Stop(); err != nil {
					t.Error(err)
				}
			})
			if got := scalar(t, connect(t, server.DSN("postgres")), "SHOW max_connections"); got != "17" {
				t.Errorf("max_connections = %s", got)
			}
			for _, immediately := range []bool{false, true} {
				if err := server.Halt(immediately); err != nil {
					t.Fatal(err)
				}
				gone(t, server.DSN("postgres"))
				if err := server.Boot(t.Context()); err != nil {
					t.Fatal(err)
				}
				connect(t, server.DSN("postgres"))
			}
			if err := server.Freeze(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if conn, err := pgx.Connect(ctx, server.DSN("postgres")); err == nil {
				conn.Close(ctx)
				t.Error("a frozen server answers")
			}
			if err := server.Thaw(); err != nil {
				t.Fatal(err)
			}
			connect(t, server.DSN("postgres"))
		})
	}
}
