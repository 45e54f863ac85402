package probe

import (
	"crypto/tls"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TLSWanted says what the configuration wants of TLS.
func TLSWanted(config *pgx.ConnConfig) string {
	with, without := config.TLSConfig != nil, config.TLSConfig == nil
	for _, f := range config.Fallbacks {
		with, without = with || f.TLSConfig != nil, without || f.TLSConfig == nil
	}
	switch {
	case !with:
		return "not used"
	case !without:
		return "required"
	}
	return "used if the server has it"
}

// TLSState says what a connection has of TLS.
func TLSState(pg *pgconn.PgConn, config *pgx.ConnConfig) string {
	conn, ok := pg.Conn().(*tls.Conn)
	switch {
	case ok:
		state := conn.ConnectionState()
		text := tls.VersionName(state.Version)
		if len(state.PeerCertificates) > 0 {
			cert := state.PeerCertificates[0]
			names := append([]string{}, cert.DNSNames...)
			for _, ip := range cert.IPAddresses {
				names = append(names, ip.String())
			}
			if len(names) == 0 {
				names = append(names, cert.Subject.CommonName)
			}
			text += ", certificate for " + strings.Join(names, ", ") + " until " + cert.NotAfter.UTC().Format(time.DateOnly)
		}
		return text
	case isUnix(pg.Conn().RemoteAddr()):
		return "not used on a socket"
	}
	return TLSWanted(config) + "; this connection has none"
}

func isUnix(addr net.Addr) bool {
	_, ok := addr.(*net.UnixAddr)
	return ok
}
