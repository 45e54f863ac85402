// Package message rebuilds what PostgreSQL says of a mistake in a query, without
// repeating any of its words.
package message
