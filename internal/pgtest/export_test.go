package pgtest

// Binaries is the directory of the PostgreSQL programs of this machine.
var Binaries = binaries

// HideLocalPrograms leaves the PATH as the only place to look for PostgreSQL.
func HideLocalPrograms() (restore func()) {
	saved := homes
	homes = nil
	return func() { homes = saved }
}
