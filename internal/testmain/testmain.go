// Package testmain is the TestMain of packages whose tests need a PostgreSQL
// server and must not leave goroutines behind.
package testmain

import (
	"flag"
	"fmt"
	"os"
	"strconv"

	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Run runs the tests of a package on one PostgreSQL server, calls the functions in
// atEnd, and exits. The exit code is not zero if a test or a function fails, or if
// all passed and a goroutine is left.
//
// parallel is the default of the flag -parallel; with 0, that is the number of
// CPUs. Tests that wait for timeouts or for the database can do with more. The
// functions in atEnd learn whether all tests of the package ran and passed.
func Run(m interface{ Run() int }, parallel int, atEnd ...func(complete bool) error) {
	flag.Parse()
	complete := true
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.list":
			complete = complete && f.Value.String() == ""
		case "test.parallel":
			parallel = 0 // as the command line says
		}
	})
	var problems []error
	if parallel > 0 {
		problems = append(problems, flag.Set("test.parallel", strconv.Itoa(parallel)))
	}
	code := pgtest.Main(m)
	complete = complete && code == 0
	for _, end := range atEnd {
		problems = append(problems, end(complete))
	}
	if code == 0 {
		problems = append(problems, goleak.Find(ofDocker...))
	}
	for _, err := range problems {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// ofDocker are the idle connections that the client of a Docker engine keeps.
var ofDocker = []goleak.Option{
	goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
	goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
}
