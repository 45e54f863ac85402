// Package arrowtest checks the streams of package arrow by DuckDB, and by a reader that is written from
// Arrow's specification. It contains only tests, and is a module of its own, so that DuckDB is no dependency
// of the others. Its tests need the build tag duckdb_arrow, by which DuckDB's client reads Arrow.
package arrowtest
