// Package pool gives out read-only connections, its own or those of a borrowed
// pool, and fails fast while the database is away.
package pool
