package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	// Stat follows links where the system lets this user follow them.
	info, err := os.Stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unusable(err)
	}
	o := &output{name: linked(name)}
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
		o.part = o.name + ".part"
		o.file, opened = os.OpenFile(o.part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	}
	if errors.Is(opened, fs.ErrExist) {
		return nil, &failure{
			code: exitFailure, err: fmt.Errorf("%s is there already", o.part),
			hint: "another export to this file is under way, or one was killed and left it; if none is under way, remove " + o.part,
		}
	}
	if opened != nil {
		return nil, unusable(opened)
	}
	o.Writer = o.file
	return o, nil
}

// unusable is the error for a file that cannot be made or written to.
func unusable(err error) error {
	return &failure{code: exitFailure, err: err, hint: "give -o the name of a file in a directory that exists and that this user may write to"}
}

// maxLinks is how many links to links are followed, as in Linux.
const maxLinks = 40

// linked is the file that a name stands for, which need not be there: what a symbolic link points to.
func linked(name string) string {
	for range maxLinks {
		to, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) { // not cleaned: a directory of the name may be a link
			dir, _ := filepath.Split(name)
			to = dir + to
		}
		name = to
	}
	return name
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
