package attacks

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// forgetfulPooler is the address of something that forwards to the server at
// target, as PgBouncer does in session mode, and gives it of the startup
// parameters only those that PgBouncer knows.
func forgetfulPooler(t *testing.T, target string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		sessions.Wait()
	})
	sessions.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { forget(client, target) })
		}
	})
	return listener.Addr().String()
}

func forget(client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	first, err := pgproto3.NewBackend(client, client).ReceiveStartupMessage()
	if err != nil {
		return
	}
	if startup, ok := first.(*pgproto3.StartupMessage); ok {
		for name := range startup.Parameters {
			switch name {
			case "user", "database", "client_encoding", "DateStyle", "TimeZone", "application_name":
			default:
				delete(startup.Parameters, name)
			}
		}
	}
	message, err := first.(interface{ Encode([]byte) ([]byte, error) }).Encode(nil)
	if err != nil {
		return
	}
	if _, err := server.Write(message); err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	io.Copy(server, client)
	server.Close()
	back.Wait()
}
