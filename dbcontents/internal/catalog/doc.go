// Package catalog knows which tables there are, as far as they are exposed, and
// remembers what PostgreSQL's catalog said of them.
package catalog
