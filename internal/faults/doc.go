// Package faults is the fault matrix: sixty ways in which the database, the
// network, the server's stop or a client break a read, each made for real and
// each a test named by its number. It holds nothing but these tests.
//
// Every row asserts what the HTTP client is told, what the Go caller gets, which
// counters move, that the connection is back, that no password is told, and that
// the next healthy request succeeds; at the end no goroutine may be left. The last
// line says how many rows passed:
//
//	go test -v ./internal/faults | grep 'fault matrix'
package faults
