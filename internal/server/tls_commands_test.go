package server_test

import (
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestCommandsOverTLS(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	f, other := newKeyFiles(t), newKeyFiles(t)
	s := serveTLS(t, "HTTP/1.1", f, "DATABASE_URL="+db.DSN)
	plain := serve(t, "DATABASE_URL="+db.DSN)
	ours, theirs := strings.TrimPrefix(s.URL, "https://"), strings.TrimPrefix(plain.URL, "http://")
	for _, tt := range []struct {
		reason, command, addr string
		env                   []string
		code                  int
		says                  string
	}{
		{"ours", "healthcheck", ours, f.env(), 0, "ok\n"},
		{"ours", "check", ours, f.env(), 0, "ok      http server: version "},
		{"a free address", "check", "127.0.0.1:0", f.env(), 0, "127.0.0.1:0 is free; the certificate is valid until "},
		{"another certificate", "healthcheck", ours, other.env(), 1, "the server presents another certificate than that in the file of DBCONTENTS_TLS_CERT"},
		{"another certificate", "check", ours, other.env(), 1, "the server presents another certificate"},
		{"a check that does not know of TLS", "healthcheck", ours, nil, 1, "the same ADDR and DBCONTENTS_TLS_CERT"},
		{"a server that does not know of TLS", "healthcheck", theirs, f.env(), 1, "HTTP response to HTTPS client"},
		{"no file", "healthcheck", ours, []string{"DBCONTENTS_TLS_CERT=" + f.cert + "x"}, 1, "DBCONTENTS_TLS_CERT: the file that it names cannot be opened"},
	} {
		code, stdout, stderr := run(t, []string{tt.command}, append([]string{"DATABASE_URL=" + db.DSN, "ADDR=" + tt.addr}, tt.env...)...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("%s, %s: exit code %d\n%s%s", tt.command, tt.reason, code, stdout, stderr)
		}
	}
}

// Right after the files were replaced the server may not have looked yet.
func TestHealthcheckRightAfterReplacing(t *testing.T) {
	t.Parallel()
	f := newKeyFiles(t)
	s := serveTLS(t, "HTTP/1.1", f, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	for range 3 {
		f.replace(t)
		if code, stdout, stderr := run(t, []string{"healthcheck"}, append(f.env(), "ADDR="+strings.TrimPrefix(s.URL, "https://"))...); code != 0 {
			t.Errorf("exit code %d: %s%s", code, stdout, stderr)
		}
	}
}

func TestBadTLSConfiguration(t *testing.T) {
	t.Parallel()
	f, other, dir := newKeyFiles(t), newKeyFiles(t), t.TempDir()
	file := func(name, content string) string {
		write(t, filepath.Join(dir, name), content)
		return filepath.Join(dir, name)
	}
	const canary = "canary-4711"
	block := func(kind string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte(canary)}))
	}
	for _, tt := range []struct{ reason, cert, key, want string }{
		{"no key", f.cert, "", "DBCONTENTS_TLS_KEY: it is missing"},
		{"no certificate", "", f.key, "DBCONTENTS_TLS_CERT: it is missing"},
		{"absent", f.cert + canary, f.key, "DBCONTENTS_TLS_CERT: the file that it names cannot be opened"},
		{"absent key", f.cert, f.key + canary, "DBCONTENTS_TLS_KEY: the file that it names cannot be opened"},
		{"the content itself", f.cert, block("PRIVATE KEY"), "DBCONTENTS_TLS_KEY: the file that it names cannot be opened"},
		{"a directory", dir, f.key, "DBCONTENTS_TLS_CERT: the file that it names cannot be read"},
		{"no PEM", file("text", canary), f.key, "DBCONTENTS_TLS_CERT: there is no certificate in PEM"},
		{"switched", f.key, f.cert, "DBCONTENTS_TLS_CERT: there is no certificate in PEM in the file that it names, but a key; that file is for DBCONTENTS_TLS_KEY"},
		{"another kind of block", file("block", block(canary)), f.key, "DBCONTENTS_TLS_CERT: there is no certificate in PEM"},
		{"a malformed certificate", file("bad.crt", block("CERTIFICATE")), f.key, "DBCONTENTS_TLS_CERT: the certificate in the file that it names is malformed"},
		{"no key in it", f.cert, f.cert, "DBCONTENTS_TLS_KEY: there is no private key in PEM"},
		{"a malformed key", f.cert, file("bad.key", block("EC PRIVATE KEY")), "DBCONTENTS_TLS_KEY: the key in the file that it names is malformed"},
		{"an encrypted key", f.cert, file("encrypted.key", block("ENCRYPTED PRIVATE KEY")), "DBCONTENTS_TLS_KEY: the key is encrypted"},
		{"the key of another", f.cert, other.key, "DBCONTENTS_TLS_KEY: it is not the key of the first certificate"},
		{"a connection string", "postgres://u:" + canary + "@h/d", f.key, "DBCONTENTS_TLS_CERT: it holds a connection string"},
	} {
		for _, command := range [][]string{nil, {"check"}} {
			code, stdout, stderr := run(t, command, "DBCONTENTS_TLS_CERT="+tt.cert, "DBCONTENTS_TLS_KEY="+tt.key)
			if code != 2 || strings.Count(stderr, "\nDBCONTENTS_TLS_") != 1 || !strings.Contains(stderr, "\n"+tt.want) {
				t.Errorf("%s: exit code %d, %s%s", tt.reason, code, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, canary) {
				t.Errorf("%s: it shows: %s%s", tt.reason, stdout, stderr)
			}
		}
	}
}

func TestExpiredCertificate(t *testing.T) {
	t.Parallel()
	f := newKeyFiles(t)
	pair := f.expired(t)
	der, err := x509.MarshalPKCS8PrivateKey(pair.key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f.cert, pair.pem())
	write(t, f.key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	db := pgtest.New(t, seed)
	s := serveTLS(t, "HTTP/1.1", f, "DATABASE_URL="+db.DSN)
	text := "the certificate expired at " + pair.cert.NotAfter.UTC().Format(time.RFC3339)
	if line := s.Log.line(t, text+"; clients will refuse it"); line["level"] != "WARN" || line["variable"] != "DBCONTENTS_TLS_CERT" {
		t.Errorf("%v", line)
	}
	env := append(f.env(), "ADDR="+strings.TrimPrefix(s.URL, "https://"), "DATABASE_URL="+db.DSN)
	s.Log.line(t, "the database can be used")
	if code, stdout, stderr := run(t, []string{"healthcheck"}, env...); code != 0 {
		t.Errorf("healthcheck: %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := run(t, []string{"check"}, env...); code != 0 || !strings.Contains(stdout, text) {
		t.Errorf("check: %d, %s%s", code, stdout, stderr)
	}
}
