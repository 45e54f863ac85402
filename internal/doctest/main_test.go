// Package doctest checks the documentation. It runs the blocks of code of every page against a
// database, and compares what they print with what the page shows. It also checks links and lengths.
//
// The blocks of a page run from top to bottom, on one database:
//
//   - sql is run in the database.
//   - sh is a script. A line that starts a server ("server", "go run ./cmd/server"), with variables before it,
//     leaves it running for the rest of the page. The script may call curl and the other commands of the server.
//     A line is one command. If no output follows, a curl that gets an error fails. A server listens at a free
//     address, to which curl is led, if the page gives it port 8888.
//   - json, ndjson, csv and text after a block of sh or go are what that prints. "..." stands for anything.
//   - http is a request and the response to it, with or without headers.
//   - go is a whole program, which is compiled and then run if it serves or if output follows,
//     or else a part of an example, which tests run elsewhere.
//   - mermaid is a picture.
//
// Any other block must say why it is not run, in a comment before it, and is counted in notRun.
package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// binaries is the directory of the program "server".
var binaries string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if binaries, err = os.MkdirTemp("", "dbcontents-doctest-"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(binaries)
		build := exec.Command("go", "build", "-o", filepath.Join(binaries, "server"), "./cmd/server")
		build.Dir, build.Env = root, append(os.Environ(), "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return pgtest.Main(m)
	}())
}
