//go:build !linux

package wire

// pause is not known to pay here.
var pause func()
