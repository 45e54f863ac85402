//go:build !linux

package server

import "net"

// unsent is not known on this system, and what runs in a container is Linux.
func unsent(*net.TCPConn) int { return 0 }
