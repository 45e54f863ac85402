package diagnosis

// A Layer is a stretch of the way from the configuration to the contents, in
// their order. The zero Layer is none of them.
type Layer uint8

// The layers up to a usable connection.
const (
	Configuration Layer = iota + 1
	Names
	Network
	TLS
	Authentication
	Server
	Database
)

// Layers are all of them, in their order.
var Layers = [...]Layer{Configuration, Names, Network, TLS, Authentication, Server, Database}

// String is the layer's name in a report.
func (l Layer) String() string {
	return [...]string{"", "configuration", "names", "network", "tls", "authentication", "server", "database"}[l]
}

// furthest diagnoses a failure to connect. pgx tries one address after the
// other, each perhaps with TLS and without, and joins their errors: what counts
// is the attempt that came furthest, such as the wrong password of the one host
// that is up, and not that a server without TLS refused TLS before.
func furthest(at Stage, err error) (d *Diagnosis, state string) {
	for _, attempt := range attempts(err) {
		if a, s := diagnose(at, attempt); d == nil || d.before(a) {
			d, state = a, s
		}
	}
	return d, state
}

// before reports whether an attempt that ended by other had come further.
func (d *Diagnosis) before(other *Diagnosis) bool {
	return d.Layer < other.Layer || d.Layer == other.Layer && d.Reached < other.Reached
}

// attempts takes joined errors apart.
func attempts(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			if list := attempts(inner); len(list) > 1 {
				return list
			}
		}
	}
	return []error{err}
}
