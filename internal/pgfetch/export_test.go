package pgfetch

import "time"

// IdleTimeout changes how long a repository may send nothing.
func IdleTimeout(most time.Duration) (restore func()) {
	saved := idleTimeout
	idleTimeout = most
	return func() { idleTimeout = saved }
}
