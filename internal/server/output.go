package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// An output is where an export goes: a file that gets its name once it is complete, or
// something that is written to as it is.
type output struct {
	io.Writer
	file *os.File // nil if it is not ours to close
	part string   // its name until it is complete; empty if it is written in place
	name string
}

// createOutput makes the output of a name, which is empty for the standard one.
func createOutput(name string, stdout io.Writer) (*output, error) {
	if name == "" {
		return &output{Writer: stdout}, nil
	}
	o := &output{name: name}
	info, err := os.Stat(name)
	var opened error
	mode := os.FileMode(0o666)
	if err == nil {
		mode = info.Mode().Perm() // what only some may read stays so
	}
	switch {
	case err == nil && info.IsDir():
		return nil, &failure{code: exitUsage, err: fmt.Errorf("%s is a directory", name), hint: "give -o the name of a file"}
	case err == nil && !info.Mode().IsRegular(): // a device or a pipe, which must not be replaced
		o.file, opened = os.OpenFile(name, os.O_WRONLY, 0)
	default:
		o.part = name + ".part"
		o.file, opened = os.OpenFile(o.part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	}
	if errors.Is(opened, fs.ErrExist) {
		return nil, &failure{code: exitFailure, err: opened, hint: "another export to this file is under way, or one was killed; if none is, remove " + o.part}
	}
	if opened != nil {
		return nil, &failure{code: exitFailure, err: opened, hint: "give -o the name of a file in a directory that exists and that this user may write to"}
	}
	o.Writer = o.file
	return o, nil
}

// finish gives the file its name if it is complete, and else removes it. err is what went wrong before.
func (o *output) finish(err error) error {
	if o.file == nil {
		return err
	}
	if err == nil && o.part != "" {
		err = o.file.Sync()
	}
	if closeErr := o.file.Close(); err == nil {
		err = closeErr
	}
	if o.part == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.part, o.name)
	}
	if err != nil {
		if removeErr := os.Remove(o.part); removeErr != nil {
			err = errors.Join(err, removeErr)
		}
	}
	return err
}
