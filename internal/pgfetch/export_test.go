package pgfetch

import "time"

// Silence changes how long a repository may send nothing.
func Silence(most time.Duration) (restore func()) {
	saved := silence
	silence = most
	return func() { silence = saved }
}
