// Package compile turns a query against a table into SQL and its parameters. It
// does nothing else: it asks nobody.
package compile
