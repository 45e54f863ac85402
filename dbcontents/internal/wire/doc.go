// Package wire sends several statements to PostgreSQL in one network round trip,
// and takes rows straight from the read buffer. It knows nothing of tables.
package wire
