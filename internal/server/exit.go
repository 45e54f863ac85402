package server

import (
	"errors"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const (
	exitFailure = 1 // it was tried and failed
	exitUsage   = 2 // the command line or the configuration is wrong: trying again cannot help
)

// A failure is an error with what to do about it and the process's exit code.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// ExitCode is the exit code for what Run returned: 0 for nil, 2 for a command
// line or a configuration that cannot be used, 1 for everything else.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitFailure
}

// Explain is the text for a person: the error and, on a line of its own, what
// to do about it. It has no control characters but the ends of lines.
func Explain(err error) string {
	text, hint := err.Error(), ""
	var f *failure
	var e *dbcontents.Error
	if errors.As(err, &f) {
		hint = f.hint
	} else if errors.As(err, &e) {
		hint = e.Hint
	}
	if hint != "" {
		text += "\nhint: " + hint
	}
	return printable(text)
}
