package compile

import "regexp"

// lsn matches a position in the write-ahead log as PostgreSQL writes it.
var lsn = regexp.MustCompile(`^[0-9A-F]{1,8}/[0-9A-F]{1,8}$`)
