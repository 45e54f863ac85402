// Package dbcontentsgo is documentation only: the contents of a PostgreSQL
// table, over HTTP, from inside any Go program.
//
// Programs import github.com/dbcontents/dbcontents-go/dbcontents, which reads
// tables, and github.com/dbcontents/dbcontents-go/dbcontents/httpapi, which
// serves them as an http.Handler. The command cmd/server is a small server made
// of the two; examples/quickstart runs it with a throwaway database.
package dbcontentsgo
