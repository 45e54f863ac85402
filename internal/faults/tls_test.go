package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRow09_ServerWithoutTLS(t *testing.T) {
	begin(t, 9)
	p := private.take(t)
	p.encrypt("", "")
	r := rigOn(t, p.dsn("sslmode=require"))
	r.fails(unavailable("tls_refused"))
	p.encrypt(newAuthority(t).certificate("127.0.0.1", time.Hour))
	r.healthy("")
}

func TestRow10_UnknownAuthority(t *testing.T) {
	begin(t, 10)
	p := private.take(t)
	ours, theirs := newAuthority(t), newAuthority(t)
	p.encrypt(theirs.certificate("127.0.0.1", time.Hour))
	r := rigOn(t, p.dsn("sslmode=verify-ca&sslrootcert="+ours.file))
	w := unavailable("tls_unknown_authority")
	w.as = is[x509.UnknownAuthorityError]
	r.fails(w)

	p.encrypt(ours.certificate("127.0.0.1", -time.Hour))
	expired := rigOn(t, p.dsn("sslmode=verify-ca&sslrootcert="+ours.file))
	w = unavailable("tls_invalid_certificate")
	w.as = is[x509.CertificateInvalidError]
	expired.fails(w)

	p.encrypt(ours.certificate("127.0.0.1", time.Hour))
	r.healthy("")
	expired.healthy("")
}

func TestRow11_CertificateForAnotherName(t *testing.T) {
	begin(t, 11)
	p := private.take(t)
	ours := newAuthority(t)
	p.encrypt(ours.certificate("192.0.2.1", time.Hour))
	r := rigOn(t, p.dsn("sslmode=verify-full&sslrootcert="+ours.file))
	w := unavailable("tls_wrong_name")
	w.as = is[x509.HostnameError]
	r.fails(w)
	p.encrypt(ours.certificate("127.0.0.1", time.Hour))
	r.healthy("")
}

func TestRow12_TLSRequired(t *testing.T) {
	begin(t, 12)
	p := private.take(t)
	p.encrypt(newAuthority(t).certificate("127.0.0.1", time.Hour))
	p.admit("hostssl all all all scram-sha-256")
	r := rigOn(t, p.dsn("sslmode=disable"))
	w := unavailable("tls_required")
	w.state = "28000"
	r.fails(w)
	rigOn(t, p.dsn("sslmode=require")).healthy("")
	p.admitAll()
	r.healthy("")
}

// An authority signs certificates.
type authority struct {
	t    *testing.T
	self *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its own certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of " + t.Name()}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.self, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, encode("CERTIFICATE", der), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// certificate is one for an address that ends after ttl, and its key.
func (a *authority) certificate(ip string, ttl time.Duration) (certificate, key string) {
	a.t.Helper()
	own := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "database"}, IPAddresses: []net.IP{net.ParseIP(ip)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(ttl),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.self, &own.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(encode("CERTIFICATE", der)), string(encode("PRIVATE KEY", keyDER))
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
