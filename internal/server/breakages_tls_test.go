package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// tlsPair is a certificate and its key.
type tlsPair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// An authority signs certificates.
type authority struct{ tlsPair }

func newAuthority(t *testing.T) authority {
	t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	return authority{sign(t, template, nil, time.Now().Add(time.Hour))}
}

// sign makes a certificate, which signs itself without by.
func sign(t *testing.T, template *x509.Certificate, by *authority, until time.Time) tlsPair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-24*time.Hour), until
	parent, parentKey := template, key
	if by != nil {
		parent, parentKey = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tlsPair{cert, key}
}

func (a authority) pair() tlsPair { return a.tlsPair }

func (a authority) expired(t *testing.T) tlsPair {
	t.Helper()
	return sign(t, &x509.Certificate{DNSNames: []string{"db.example"}}, &a, time.Now().Add(-time.Hour))
}

// issue is a certificate for a name and its key, both as PEM.
func (a authority) issue(t *testing.T, name string) (cert, key string) {
	t.Helper()
	pair := sign(t, &x509.Certificate{DNSNames: []string{name}}, &a, time.Now().Add(time.Hour))
	der, err := x509.MarshalPKCS8PrivateKey(pair.key)
	if err != nil {
		t.Fatal(err)
	}
	return pair.pem(), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (p tlsPair) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}))
}

// front is what stands before a server and speaks TLS for it.
func (c *cluster) front(t *testing.T, p tlsPair) (addr string) {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key}}}
	return listen(t, func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, 8)); err != nil { // the request for TLS
			return
		}
		if _, err := io.WriteString(conn, "S"); err != nil {
			return
		}
		tls.Server(conn, config).Handshake() //nolint:errcheck // the client breaks it off
	})
}
