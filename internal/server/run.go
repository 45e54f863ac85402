// Package server is the program that cmd/server starts: it serves the contents
// of PostgreSQL tables over HTTP, as its environment says.
//
// It is a package and not a main, so that a program can run the real server in
// its own process, and so that tests can. It reads the environment that it is
// given and touches nothing of its process; only PGHOST, PGUSER and the other
// variables of libpq are read by pgx from the process itself.
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
	case "healthcheck":
		return healthcheck(ctx, args, environ, stdout)
	case "version", "-version", "--version":
		return printVersion(args, stdout)
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(stdout, help())
		return err
	}
	return misused("there is no command %s", confidential.Quote(name))
}

// commands are what Run knows, for people.
var commands = []struct{ usage, about string }{
	{"server", "serves until SIGINT or SIGTERM"},
	{"server check [-json]", "says whether the contents can be served, and if not, where it fails and what to do; exit code 0 or 1"},
	{"server healthcheck", "asks the server at ADDR whether it is ready; exit code 0 or 1"},
	{"server version", "says which build this is"},
	{"server help", "prints this and all variables"},
}

func help() string {
	var b strings.Builder
	b.WriteString("The server gives the contents of PostgreSQL tables over HTTP.\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-22s  %s\n", c.usage, c.about)
	}
	b.WriteString("\nIt is configured by its environment:\n\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "  %s", v.Name)
		if v.Default != "" {
			fmt.Fprintf(&b, " (%s)", plain(v.Default))
		}
		fmt.Fprintf(&b, "\n      %s\n", plain(v.About))
	}
	b.WriteString("  PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE, PGSSLROOTCERT, ...\n      as with psql, for what DATABASE_URL leaves out\n")
	return b.String()
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
