//go:build !linux

package dbcontents

// pause is not known to pay here.
var pause func()
