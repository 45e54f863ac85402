//go:build unix

package pgtest

// Abandoned reports whether dir is a leftover that the next start removes.
var Abandoned = abandoned
