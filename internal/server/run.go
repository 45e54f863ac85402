// Package server is the program that cmd/server starts: it serves the contents
// of PostgreSQL tables over HTTP, as its environment says.
//
// It is a package and not a main, so that a program can run the real server in
// its own process, and so that tests can. It reads the environment that it is
// given and touches nothing of its process. But PGHOST, PGUSER and the other
// variables of libpq are read by pgx from the process itself, and so are some of
// OpenTelemetry by its SDK, whose own log is turned off if traces are sent.
package server

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// Run runs one command of the program: args are the command line without the
// program's name, and without any it serves until ctx ends, which is a success.
// environ is in the form of os.Environ. [Explain] and [ExitCode] tell what to
// make of the error.
func Run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return Serve(ctx, environ, stderr, nil)
	}
	name, args := args[0], args[1:]
	switch name {
	case "check":
		return check(ctx, args, environ, stdout)
	case "export":
		return export(ctx, args, environ, stdout, stderr)
	case "healthcheck":
		return healthcheck(ctx, args, environ, stdout)
	case "version", "-version", "--version":
		return printVersion(args, stdout)
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(stdout, help(widthOf(stdout)))
		return err
	}
	return misused("there is no command %s", confidential.Quote(name))
}

// misused is the error for a command line that means nothing.
func misused(format string, args ...any) error {
	known := make([]string, len(commands))
	for i, c := range commands {
		known[i] = c.usage
	}
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...), hint: "there are: " + strings.Join(known, "; ")}
}

// none refuses arguments where a command takes none.
func none(command string, args []string) error {
	if len(args) > 0 {
		return misused("%s takes no argument, not %s", command, confidential.Quote(args[0]))
	}
	return nil
}
