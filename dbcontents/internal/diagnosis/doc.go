// Package diagnosis leads from what went wrong to its name, its status and its
// cure. One table holds all that a code means.
package diagnosis
