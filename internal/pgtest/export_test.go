package pgtest

// HideLocalPrograms leaves the PATH as the only place to look for PostgreSQL.
func HideLocalPrograms() (restore func()) {
	saved := homes
	homes = nil
	return func() { homes = saved }
}
