package dbcontents

import (
	"slices"
	"strings"
)

// A layer is a stretch of the way from the configuration to the contents.
type layer struct {
	name  string
	codes string // the diagnoses that end an attempt to connect here, space-separated, the sooner ones first
}

// layers are the stretches up to a usable connection, in their order.
var layers = []layer{
	{"configuration", "config_invalid config_file_unreadable"},
	{"names", "dns_not_found dns_failed"},
	{"network", "socket_missing no_route connect_timeout loopback_in_container connection_refused"},
	{"tls", "tls_refused tls_unknown_authority tls_wrong_name tls_invalid_certificate tls_failed"},
	{"authentication", "connect_failed hung_up not_postgres server_silent tls_required role_not_admitted wrong_password"},
	{"server", "database_starting too_many_connections parameter_unknown wrong_server_role serializable_standby out_of_resources data_corrupted database_error"},
	{"database", "connect_denied database_closed database_missing"},
}

// Indices of layers.
const (
	configurationLayer = iota
	namesLayer
	networkLayer
	_
	_
	serverLayer
)

// progress lists the codes of all layers, from those of attempts that failed
// soonest to those that came furthest.
var progress = func() (codes []string) {
	for _, l := range layers {
		codes = append(codes, strings.Fields(l.codes)...)
	}
	return codes
}()

// layerOf is the index of the layer where code ends an attempt.
func layerOf(code string) int {
	return slices.IndexFunc(layers, func(l layer) bool { return slices.Contains(strings.Fields(l.codes), code) })
}

// furthest diagnoses a failure to connect. pgx tries one address after the
// other, each perhaps with TLS and without, and joins their errors: what counts
// is the attempt that came furthest, such as the wrong password of the one host
// that is up, and not that a server without TLS refused TLS before.
func furthest(at stage, err error) (d *diagnosis, state string) {
	most := -2
	for _, attempt := range attempts(err) {
		a, s := diagnose(at, attempt)
		if n := slices.Index(progress, a.code); n > most {
			d, state, most = a, s, n
		}
	}
	return d, state
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
