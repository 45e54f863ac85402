package server_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

// A terminal is one end of a pseudo-terminal, with what was written to it.
type terminal struct {
	*os.File
	mu   sync.Mutex
	seen bytes.Buffer
}

func openTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	}
	if err != nil {
		t.Fatal(err)
	}
	tty := &terminal{}
	if tty.File, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Skip("there are no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { tty.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			tty.mu.Lock()
			tty.seen.Write(b[:n])
			tty.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return tty
}

// until waits until the terminal shows text, and returns all that it has shown.
func (tty *terminal) until(t *testing.T, text string) string {
	t.Helper()
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		tty.mu.Lock()
		seen := strings.ReplaceAll(tty.seen.String(), "\r\n", "\n")
		tty.mu.Unlock()
		if strings.Contains(seen, text) {
			return seen
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %q on the terminal:\n%s", text, seen)
		}
	}
}

// On a terminal a person is told what is served and what to try; the log goes on below.
func TestBannerOnTerminal(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	tty := openTerminal(t, 100)
	cmd := program(t, nil, "DATABASE_URL="+db.DSN, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=test_table,large,*", "DBCONTENTS_DRAIN=0s")
	cmd.Stderr = tty.File
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	seen := tty.until(t, "Ctrl-C stops the server.")
	for _, want := range []string{
		"\ndbcontents v9.8.7\n\n", "  tables     test_table, large, and all that the role that reads may SELECT in public\n",
		"  contents   http://127.0.0.1:", "/readyz?verbose\n", "\n  curl http://127.0.0.1:", "/dbcontents?limit=10&format=csv'\n", "/dbcontents/large\n",
	} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in\n%s", want, seen)
		}
	}
	if strings.Contains(seen, "msg=serving") {
		t.Errorf("it is said twice:\n%s", seen)
	}
	t.Log(seen)
	cmd.Process.Signal(os.Interrupt)
	tty.until(t, "msg=stopped")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCheckOnTerminal(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	tty := openTerminal(t, 72)
	for _, colors := range []bool{true, false} {
		environ := []string{"DATABASE_URL=" + db.DSN, "DBCONTENTS_TABLES=test_table,absent", "ADDR=127.0.0.1:0"}
		if !colors {
			environ = append(environ, "NO_COLOR=1")
		}
		if err := server.Run(t.Context(), []string{"check"}, environ, tty.File, tty.File); server.ExitCode(err) != 1 {
			t.Errorf("%v", err)
		}
		seen := tty.until(t, "  cure  ")
		if strings.Contains(seen, "\x1b[31mFAILED\x1b[0m") != colors {
			t.Errorf("colours: %q", seen)
		}
		t.Log(seen)
		tty.mu.Lock()
		tty.seen.Reset()
		tty.mu.Unlock()
		for line := range strings.Lines(seen) {
			if !colors && len(line) > 78 && strings.Contains(line, " ") {
				t.Errorf("too long: %s", line)
			}
		}
	}
}

// Help is as wide as the terminal, and as 80 columns elsewhere.
func TestHelpFitsTheTerminal(t *testing.T) {
	t.Parallel()
	tty := openTerminal(t, 60)
	if err := server.Run(t.Context(), []string{"help"}, nil, tty.File, tty.File); err != nil {
		t.Fatal(err)
	}
	_, elsewhere, _ := run(t, []string{"help"})
	for _, tt := range []struct {
		text  string
		width int
	}{{tty.until(t, "tree/main/docs\n"), 60}, {elsewhere, 80}} {
		wide := 0
		for line := range strings.Lines(tt.text) {
			words := strings.Fields(line)
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > tt.width && strings.HasPrefix(line, "      ") && len(words) > 1 {
				t.Errorf("%d columns, %d wanted: %s", n, tt.width, line)
			} else if n > tt.width-12 {
				wide++
			}
		}
		if wide < 20 {
			t.Errorf("at %d columns only %d lines are filled", tt.width, wide)
		}
	}
}

func TestExportShowsProgress(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i, repeat('x', 1000) AS value FROM generate_series(1, 300000) i; ANALYZE test_table")
	for _, args := range [][]string{{"export", "test_table"}, {"export", "test_table", "-parallel", "3"}} {
		tty := openTerminal(t, 100)
		var out slowly
		if err := server.Run(t.Context(), args, []string{"DATABASE_URL=" + db.DSN}, &out, tty.File); err != nil {
			t.Fatal(err)
		}
		seen := tty.until(t, "complete in ")
		if !strings.Contains(seen, "MB/s, about ") || !strings.Contains(seen, " %\x1b[K") || !strings.Contains(seen, "300,000 rows, ") {
			t.Errorf("%q: %q", args, seen)
		}
		t.Logf("%q: %q", args, seen)
	}
}

// slowly takes its time to write.
type slowly struct{ n int }

func (w *slowly) Write(b []byte) (int, error) {
	w.n++
	time.Sleep(time.Millisecond)
	return len(b), nil
}
