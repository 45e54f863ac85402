package server

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// check walks from the configuration to the tables and prints what it finds.
func check(ctx context.Context, args, environ []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	if flags.Parse(args) != nil { // its error quotes the command line
		return misused("check takes no flag but -json")
	}
	if err := none("check", flags.Args()); err != nil {
		return err
	}
	report, err := checked(ctx, environ)
	if printErr := printReport(stdout, report, *asJSON, paletteOf(stdout, environ)); printErr != nil {
		return printErr
	}
	if err == nil && !works(report) {
		return errors.New("not everything that is exposed can be served; the report says why")
	}
	return err
}

// checkLimit bounds a check but for its last step, of the address, which takes at most healthTimeout. The Store takes
// less by itself: see [dbcontents.Store.Check].
const checkLimit = 10 * time.Second

// checked is the report of the Store, between the configuration that it is
// made from and the address that a server would listen on. The error is that
// of a configuration from which no Store can be made.
func checked(ctx context.Context, environ []string) (dbcontents.Report, error) {
	s, store, err := open(environ)
	if err != nil {
		return dbcontents.Report{Steps: []dbcontents.Step{{
			Name: "configuration", Reached: true, Detail: oneLine(err), Code: "config_invalid", Hint: "correct the variables that the detail names", Err: err,
		}}}, err
	}
	defer store.Close()
	limited, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	keys := make(chan []dbcontents.Step, 1)
	go func() { keys <- checkKeys(limited, s.tokens) }() // beside the database, so that both have their time
	report := store.Check(limited)
	report.Steps = append(report.Steps, <-keys...)
	step := dbcontents.Step{Name: serverStep, Detail: "not reached"}
	if report.Err() == nil {
		step = checkServer(ctx, string(s.Addr), s.TLSCert) // within a limit of its own
		if c := s.certificate; c != nil && step.OK {
			validity, _ := c.validity(time.Now())
			step.Detail += "; " + validity
		}
	}
	report.Steps = append(report.Steps, step)
	return report, nil
}

func works(report dbcontents.Report) bool {
	return !slices.ContainsFunc(report.Steps, func(s dbcontents.Step) bool { return !s.OK })
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
