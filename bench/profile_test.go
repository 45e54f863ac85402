package main

import (
	"maps"
	"testing"
	"time"
)

func TestParseTraces(t *testing.T) {
	t.Parallel()
	const dbcontents, pgx = "github.com/dbcontents/dbcontents-go/dbcontents", "github.com/jackc/pgx/v5"
	text := `File: bench
Type: cpu
Duration: 5.58s, Total samples = 3.17s (56.82%)
-----------+-------------------------------------------------------
     1.20s   internal/runtime/syscall/linux.Syscall6
             syscall.RawSyscall6
             syscall.read
             ` + pgx + `/pgproto3.(*Frontend).Receive
             ` + dbcontents + `/internal/wire.(*Flight).receive
             net/http.(*conn).serve
-----------+-------------------------------------------------------
      30ms   internal/runtime/syscall/linux.Syscall6
             net.(*conn).Write
             net/http.checkConnErrorWriter.Write
-----------+-------------------------------------------------------
      20ms   runtime.memmove
             ` + dbcontents + `/internal/encode.jsonString (inline)
             ` + dbcontents + `/internal/encode.jsonObject
-----------+-------------------------------------------------------
      40ms   ` + dbcontents + `/internal/encode.put2 (inline)
             ` + dbcontents + `/internal/encode.timestamp
             ` + dbcontents + `/internal/encode.jsonObject
-----------+-------------------------------------------------------
      10ms   something.else
-----------+-------------------------------------------------------
`
	want := map[string]time.Duration{
		"system calls: PostgreSQL's socket": 1200 * time.Millisecond,
		"system calls: the client's socket": 30 * time.Millisecond,
		"escaping and checking text":        20 * time.Millisecond,
		values:                              40 * time.Millisecond,
		otherLayer:                          10 * time.Millisecond,
	}
	if got := parseTraces([]byte(text)); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
