//go:build !unix

package server

import "os"

// terminalColumns reports whether file is a terminal. Its width is not known.
func terminalColumns(file *os.File) (columns int, ok bool) {
	info, err := file.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}
