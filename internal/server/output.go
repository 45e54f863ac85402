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
	file, err := resolve(name)
	if err != nil {
		return nil, unusable(err)
	}
	// Stat refuses where the system does not let this user follow the links. What is behind one of /proc has no other name.
	info := file.info
	if file.linked {
		if info, err = os.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, unusable(err)
		}
	}
	o := &output{name: file.name}
	var opened error
	switch {
	case info != nil && info.IsDir():
		return nil, &failure{code: exitUsage, err: fmt.Errorf("%s is a directory", name), hint: "give -o the name of a file"}
	case info != nil && !info.Mode().IsRegular(): // a device or a pipe, which must not be replaced
		o.file, opened = openSame(name, info)
	default:
		mode := os.FileMode(0o666)
		if info != nil {
			mode = info.Mode().Perm() // what only some may read stays so
		}
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

// openSame opens the device or pipe that info is of. Somebody may have put something else in its place.
func openSame(name string, info fs.FileInfo) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	now, err := f.Stat()
	if err == nil && !os.SameFile(info, now) {
		err = fmt.Errorf("%s was replaced by something else just now", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// A resolved is the file that a name stands for.
type resolved struct {
	name   string
	info   fs.FileInfo // nil if there is no such file
	linked bool        // the name is a symbolic link to it
}

// maxLinks is how many links to links are followed, as in Linux.
const maxLinks = 40

// resolve finds the file that a name stands for, which need not be there: what a symbolic link
// points to. Each name is looked at once, so that a link which appears later is not followed. The complete file
// then takes the place of that link.
func resolve(name string) (r resolved, err error) {
	r.name = name
	for range maxLinks {
		r.info, err = os.Lstat(r.name)
		if errors.Is(err, fs.ErrNotExist) {
			r.info = nil
			return r, nil
		}
		if err != nil || r.info.Mode()&fs.ModeSymlink == 0 {
			return r, err
		}
		dir, _ := filepath.Split(r.name)
		if !trusts(dir, r.info) {
			return r, fmt.Errorf("%s is a link that another user has made in a directory for everybody", r.name)
		}
		to, err := os.Readlink(r.name)
		if err != nil {
			return r, err
		}
		if !filepath.IsAbs(to) { // not cleaned: a directory of the name may be a link
			to = dir + to
		}
		r.name, r.linked = to, true
	}
	return r, nil // Stat says that there are too many
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
