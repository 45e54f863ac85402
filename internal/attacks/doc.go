// Package attacks holds the attacks that once got through, each made for real
// against a real PostgreSQL and numbered. It holds nothing but these tests.
//
// A test asserts what an attacker, or a user who meant no harm, must not get:
// a stored value, a hidden name, a password, another caller's rows, all of the
// service. The last line says how many numbers passed:
//
//	go test -v ./internal/attacks | grep '^attacks'
package attacks
