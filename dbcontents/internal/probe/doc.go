// Package probe finds out which hosts have addresses, which addresses answer, and
// what a connection has of TLS.
package probe
