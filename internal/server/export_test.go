package server

import (
	"crypto/tls"
	"io"
	"log/slog"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What external tests see of the inside.

var (
	AddPassword = addPassword
	NewSecret   = newSecret
	Variables   = variables
)

// Secret is the type whose values do not show themselves.
type Secret = secret

// Certificates reads a pair of files and returns the configuration that reads them again.
func Certificates(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c, err := newCertificate(newSecret(certFile), newSecret(keyFile))
	if err != nil {
		return nil, err
	}
	c.log = log
	return c.config(), nil
}

// PrintReport prints a report as check does elsewhere than on a terminal.
func PrintReport(w io.Writer, report dbcontents.Report, asJSON bool) error {
	return printReport(w, report, asJSON, palette{})
}

// Configure reads an environment as every command does, and says what is wrong with it.
func Configure(environ []string) error {
	_, store, err := open(environ)
	if err == nil {
		err = store.Close()
	}
	return err
}
