// Package sharding holds the tests of tables whose rows lie on several servers: partitioned tables
// with foreign partitions, read by postgres_fdw. They run on three PostgreSQL servers of this machine.
package sharding
