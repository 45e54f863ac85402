package server

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// check walks from the configuration to the tables and prints what it finds.
func check(ctx context.Context, args, environ []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	if err := flags.Parse(args); err != nil {
		return misused("check: %w", err)
	}
	if err := none("check", flags.Args()); err != nil {
		return err
	}
	_, store, err := open(environ)
	if err != nil {
		return err
	}
	defer store.Close()
	report := store.Check(ctx)
	if err := printReport(stdout, report, *asJSON); err != nil {
		return err
	}
	if !works(report) {
		return errors.New("not everything that is exposed can be served; the report says why")
	}
	return nil
}

func works(report dbcontents.Report) bool {
	return !slices.ContainsFunc(report.Steps, func(s dbcontents.Step) bool { return !s.OK })
}

func printReport(w io.Writer, report dbcontents.Report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			OK bool `json:"ok"`
			dbcontents.Report
		}{works(report), report})
	}
	var b strings.Builder
	for _, s := range report.Steps {
		outcome := "ok"
		if !s.OK {
			outcome = "FAILED"
		}
		fmt.Fprintf(&b, "%-6s  %s: %s\n", outcome, s.Name, s.Detail)
		if s.Code != "" {
			fmt.Fprintf(&b, "        cause: %s\n", s.Code)
		}
		if s.Hint != "" {
			fmt.Fprintf(&b, "        cure: %s\n", s.Hint)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
