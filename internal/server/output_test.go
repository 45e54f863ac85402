//go:build unix

package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In a directory such as /tmp no link of another user is followed, whenever it appears, as it may point to
// a file that only this user can write. Links of this user are.
func TestOutputFollowsNoLinkOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shared, home := filepath.Join(dir, "shared"), filepath.Join(dir, "home")
	for name, mode := range map[string]os.FileMode{shared: 0o777 | os.ModeSticky, home: 0o700} {
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	profile, file := filepath.Join(home, ".profile"), filepath.Join(shared, "rows.json")
	link := func(as int) {
		made := filepath.Join(shared, "made")
		err := errors.Join(os.Symlink(profile, made), os.Lchown(made, as, -1), os.Rename(made, file))
		if err != nil {
			t.Error(err)
		}
	}
	link(os.Geteuid())
	if o, err := createOutput(file, nil); err != nil || o.name != profile {
		t.Errorf("its own link: %+v, %v", o, err)
	} else if err := o.finish(nil); err != nil {
		t.Error(err)
	}
	if info, err := os.Lstat(file); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("its own link is %v, %v", info, err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make links of another user")
	}
	const nobody = 65534
	// The owner of the directory may own the link.
	if err := os.Chown(shared, nobody, -1); err != nil {
		t.Fatal(err)
	}
	link(nobody)
	if o, err := createOutput(file, nil); err != nil || o.name != profile {
		t.Errorf("the directory's owner's link: %+v, %v", o, err)
	} else if err := o.finish(nil); err != nil {
		t.Error(err)
	}
	if err := os.Chown(shared, 0, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := createOutput(file, nil); err == nil || !strings.Contains(err.Error(), "link that another user has made") {
		t.Errorf("another user's link: %v", err)
	}

	for _, there := range []bool{false, true} { // whether there is a profile
		if os.Remove(profile); there {
			if err := os.WriteFile(profile, []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					link(nobody)
					os.Remove(file)
				}
			}
		}()
		created := 0
		for range 3000 {
			o, err := createOutput(file, nil)
			if err != nil {
				continue
			}
			created++
			if o.name != file {
				t.Errorf("there %v: the rows would go to %s", there, o.name)
			}
			if err := o.finish(nil); err != nil {
				t.Error(err)
			}
		}
		close(stop)
		<-done
		if content, err := os.ReadFile(profile); there != (err == nil) || there && string(content) != "secret" {
			t.Errorf("there %v: the profile is %q, %v", there, content, err)
		}
		if created == 0 {
			t.Error("the link was always there")
		}
	}
}

// What takes the place of a pipe before it is opened is not written to.
func TestOutputOfAnotherFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := openSame(file, info); err == nil {
		f.Close()
		t.Error("it was opened")
	}
}

// A pipe is written to by a name that leads to it through links of the system.
func TestOutputToPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o, err := createOutput(fmt.Sprintf("/dev/fd/%d", w.Fd()), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(o, "rows")
	if err := errors.Join(err, o.finish(nil), w.Close()); err != nil {
		t.Error(err)
	}
	if text, err := io.ReadAll(r); string(text) != "rows" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
