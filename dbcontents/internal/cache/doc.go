// Package cache remembers what was used last, within a number of bytes.
package cache
