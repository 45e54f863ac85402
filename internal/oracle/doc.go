// Package oracle compares what dbcontents returns with what PostgreSQL itself
// returns: for values of every type, for random values, for random queries, and
// under settings that change how PostgreSQL prints. It contains only tests.
//
// PostgreSQL is the oracle. The expected results come from its own functions
// (to_json, the output functions of types) and from SQL that these tests write
// without using the code under test. Random tests log their seed.
package oracle
