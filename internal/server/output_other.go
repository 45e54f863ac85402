//go:build !unix

package server

import "io/fs"

// trusts reports whether a symbolic link may be followed. No directory is for everybody here.
func trusts(string, fs.FileInfo) bool { return true }
