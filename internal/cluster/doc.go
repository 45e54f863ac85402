// Package cluster holds the tests on a real cluster of PostgreSQL: three servers that Patroni manages with
// etcd, HAProxy in front of them, and readers over HTTP while servers are killed, cut off, frozen and
// changed over.
//
// Where Patroni, etcd or HAProxy is missing, the tests say so and skip; with CI=true that is a failure. They also skip
// where DBCONTENTS_TEST_POSTGRES asks for one PostgreSQL in particular: the cluster has its own. All runs in
// temporary directories on ports of 127.0.0.1 and is gone at the end. The scenarios are played once; for longer, say
//
//	go test ./internal/cluster -v -timeout 20m -cluster.for 10m
package cluster
