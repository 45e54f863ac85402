//go:build unix

package server

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminalColumns is the width of the terminal that file is, and whether it is one.
func terminalColumns(file *os.File) (columns int, ok bool) {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(size.Col), true
}
