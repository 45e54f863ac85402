// Command server serves the contents of PostgreSQL tables over HTTP. It is
// configured by its environment; "server help" lists the variables.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

// gcPercent is how much garbage may be made, in percent of what is in use,
// before it is collected; the variable GOGC overrides it. The server keeps next
// to nothing, so Go's default of 100 collects 4 MB again and again, which costs
// a tenth of a small answer; 400 lets it be 16 MB.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := server.Run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "server:", server.Explain(err))
		os.Exit(server.ExitCode(err))
	}
}
