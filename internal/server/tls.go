package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// certificateInterval is how often the files are looked at. A handshake costs
// hundreds of microseconds and a look two system calls, but a slow file system must
// not get into the way of each handshake.
const certificateInterval = time.Second

// The variables that name the files.
const (
	certVariable = "DBCONTENTS_TLS_CERT"
	keyVariable  = "DBCONTENTS_TLS_KEY"
)

// A problemOf is what is wrong with the file that a variable names. Neither the
// content nor the name of the file is part of it.
type problemOf struct{ variable, text string }

func (p *problemOf) Error() string { return p.variable + ": " + p.text }

// A certificate is the server's certificate with its key, from two files that are
// read again when they change. It may be used by several goroutines.
type certificate struct {
	certFile, keyFile secret
	log               *slog.Logger
	pair              atomic.Pointer[tls.Certificate]

	mu      sync.Mutex // guards what follows
	looked  time.Time
	files   [2]os.FileInfo // when pair, or what was wrong, was read; nil for a file that is not there
	problem string         // why pair is not that of the files; empty if it is
}

// newCertificate reads the files for the first time.
func newCertificate(certFile, keyFile secret) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: slog.New(slog.DiscardHandler), looked: time.Now(), files: stats(certFile, keyFile)}
	pair, err := readPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c.pair.Store(pair)
	return c, nil
}

// loadCertificate reads the certificate, if the server is to use TLS.
func (s *settings) loadCertificate(p *problems) *certificate {
	cert, key := s.TLSCert.text() != "", s.TLSKey.text() != ""
	switch {
	case !cert && !key:
		return nil
	case !key && !p.has(keyVariable):
		p.add(keyVariable, "it is missing; "+certVariable+" is set, and needs the file of its key")
	case !cert && !p.has(certVariable):
		p.add(certVariable, "it is missing; "+keyVariable+" is set, and needs the file of its certificate")
	case cert && key:
		c, err := newCertificate(s.TLSCert, s.TLSKey)
		var wrong *problemOf
		switch {
		case errors.As(err, &wrong):
			p.add(wrong.variable, wrong.text)
		case err != nil: // whatever it is, the server must not speak plain HTTP
			p.add(certVariable, "it cannot be used: "+err.Error())
		default:
			return c
		}
	}
	return nil
}

// config is for an [http.Server]. Go's defaults choose ciphers and curves.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c.refresh()
			return c.pair.Load(), nil
		},
	}
}

// refresh looks whether the files have changed. While one handshake does, others
// get the certificate that there is.
func (c *certificate) refresh() {
	if !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.looked) < certificateInterval {
		return
	}
	c.looked = now
	// Before reading, so that what changes meanwhile is seen the next time. What
	// was wrong is tried again without a change too: it may have been a right.
	files := stats(c.certFile, c.keyFile)
	if c.problem == "" && same(files, c.files) {
		return
	}
	pair, err := readPair(c.certFile, c.keyFile)
	c.files = files
	if err != nil {
		if text := err.Error(); text != c.problem {
			c.problem = text
			c.log.Warn("the new certificate cannot be used; the one before is still served", "error", text)
		}
		return
	}
	c.problem = ""
	c.pair.Store(pair)
	c.log.Info("the certificate has been read again", "not_after", pair.Leaf.NotAfter.UTC())
	c.warn()
}

// warn logs if the certificate is not valid now. It is no error: clients may not
// look, and both a certificate and a clock are mended without a restart.
func (c *certificate) warn() {
	if text, ok := c.validity(time.Now()); !ok {
		c.log.Warn(text+"; clients will refuse it", "variable", certVariable, "hint", "renew it, or correct the clock of this machine; a restart is not needed")
	}
}

// validity says until when the certificate is valid, and whether it is now.
func (c *certificate) validity(now time.Time) (text string, ok bool) {
	leaf := c.pair.Load().Leaf
	switch {
	case now.After(leaf.NotAfter):
		return "the certificate expired at " + leaf.NotAfter.UTC().Format(time.RFC3339), false
	case now.Before(leaf.NotBefore):
		return "the certificate is not valid before " + leaf.NotBefore.UTC().Format(time.RFC3339), false
	}
	return "the certificate is valid until " + leaf.NotAfter.UTC().Format(time.RFC3339), true
}

// stats are those of what the names lead to: Kubernetes swaps a symbolic link.
func stats(names ...secret) (files [2]os.FileInfo) {
	for i, name := range names {
		if info, err := os.Stat(name.text()); err == nil {
			files[i] = info
		}
	}
	return files
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		switch {
		case a[i] == nil && b[i] == nil:
		case a[i] == nil || b[i] == nil,
			!os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()):
			return false
		}
	}
	return true
}

// readPair reads both files. Its error is a *problemOf. It does not have the words
// of crypto/tls, which repeat parts of the files.
func readPair(certFile, keyFile secret) (*tls.Certificate, error) {
	certs, err := readCertificates(certFile)
	if err != nil {
		return nil, err
	}
	key, err := readSecret(keyFile)
	if err != nil {
		return nil, &problemOf{keyVariable, err.Error()}
	}
	switch {
	case strings.Contains(key, "ENCRYPTED"):
		return nil, &problemOf{keyVariable, "the key is encrypted; store it without a passphrase, in a file that only the server can read"}
	case !hasBlock(key, "PRIVATE KEY"):
		return nil, &problemOf{keyVariable, "there is no private key in PEM in the file that it names"}
	}
	pair, err := tls.X509KeyPair([]byte(certs), []byte(key))
	switch {
	case err != nil && strings.Contains(err.Error(), "does not match"):
		return nil, &problemOf{keyVariable, "it is not the key of the first certificate in the file of " + certVariable + "; the server's own certificate comes first, then those that signed it"}
	case err != nil:
		return nil, &problemOf{keyVariable, "the key in the file that it names is malformed or of an unknown kind"}
	}
	return &pair, nil
}

// readCertificates reads the PEM of the certificates.
func readCertificates(certFile secret) (string, error) {
	text, err := readSecret(certFile)
	if err != nil {
		return "", &problemOf{certVariable, err.Error()}
	}
	if !hasBlock(text, "CERTIFICATE") {
		what := "there is no certificate in PEM in the file that it names"
		if hasBlock(text, "PRIVATE KEY") {
			what += ", but a key; that file is for " + keyVariable
		}
		return "", &problemOf{certVariable, what}
	}
	if _, err := leafOf(text); err != nil {
		return "", &problemOf{certVariable, "the certificate in the file that it names is malformed"}
	}
	return text, nil
}

func hasBlock(text, kind string) bool {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, kind) {
			return true
		}
	}
	return false
}

// leafOf is the first certificate, which is the server's own.
func leafOf(text string) (*x509.Certificate, error) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New("no certificate")
}
