package server

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent is how many bytes written to conn its peer has not acknowledged and may
// still do. After a reset the kernel goes on counting those that were lost.
func unsent(conn *net.TCPConn) (n int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	var info *unix.TCPInfo
	control := func(fd uintptr) {
		if info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
		}
	}
	if raw.Control(control) != nil || err != nil || info.State == unix.BPF_TCP_CLOSE {
		return 0
	}
	return n
}
