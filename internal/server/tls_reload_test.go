package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

// presented is the certificate that the server presents to a new connection.
func presented(t *testing.T, s *running) *x509.Certificate {
	t.Helper()
	s.HTTP.CloseIdleConnections()
	response, _ := s.get(t, "/livez")
	return response.TLS.PeerCertificates[0]
}

// As Kubernetes replaces a secret: a link to a directory is swapped.
func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	if os.Symlink("target", filepath.Join(t.TempDir(), "link")) != nil {
		t.Skip("symbolic links cannot be made here")
	}
	f, dir := newKeyFiles(t), t.TempDir()
	swap := func(name string) {
		cert, key := f.issue(t, tlsName)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "tls.crt"), cert)
		write(t, filepath.Join(dir, name, "tls.key"), key)
		if err := os.Symlink(name, filepath.Join(dir, "new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "data")); err != nil {
			t.Fatal(err)
		}
	}
	swap("first")
	f.cert, f.key = filepath.Join(dir, "data", "tls.crt"), filepath.Join(dir, "data", "tls.key")
	s := serveTLS(t, "HTTP/2.0", f, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	before := presented(t, s)

	var asked atomic.Int64
	client, stop, stopped := f.client(t, "HTTP/1.1", nil), make(chan struct{}), make(chan struct{})
	client.Transport.(*http.Transport).DisableKeepAlives = true
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			response, err := client.Get(s.URL + "/dbcontents")
			if err != nil {
				t.Errorf("while the certificate is replaced: %v", err)
				return
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			asked.Add(1)
		}
	}()
	swap("second")
	for deadline := time.Now().Add(wait); presented(t, s).Equal(before); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the certificate before is still presented")
		}
	}
	close(stop)
	<-stopped
	if asked.Load() == 0 {
		t.Error("nothing was asked meanwhile")
	}
	s.Log.line(t, "the certificate has been read again")
}

func TestBadCertificateIsNotTaken(t *testing.T) {
	t.Parallel()
	f := newKeyFiles(t)
	s := serveTLS(t, "HTTP/1.1", f, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	before := presented(t, s)
	const kept = "the new certificate cannot be used; the one before is still served"
	cert, key := f.issue(t, tlsName)
	for i, bad := range []struct{ file, content, says string }{
		{f.cert, cert[:len(cert)/2], "DBCONTENTS_TLS_CERT: there is no certificate"}, // half written
		{f.cert, cert, "DBCONTENTS_TLS_KEY: it is not the key of the first certificate"},
		{f.key, "", "DBCONTENTS_TLS_KEY: the file that it names is empty"},
	} {
		write(t, bad.file, bad.content)
		for deadline := time.Now().Add(wait); len(s.Log.lines(t, kept)) <= i && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if !presented(t, s).Equal(before) {
				t.Fatal("another certificate is presented")
			}
		}
		lines := s.Log.lines(t, kept)
		if len(lines) != i+1 || !strings.HasPrefix(lines[i]["error"].(string), bad.says) || lines[i]["level"] != "WARN" {
			t.Fatalf("want %q, got %v", bad.says, lines)
		}
	}
	write(t, f.key, key)
	for deadline := time.Now().Add(wait); presented(t, s).Equal(before) && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		continue
	}
	s.Log.line(t, "the certificate has been read again")
}

// The files are looked at once a second, and what is wrong is told once.
func TestHowOftenCertificatesAreRead(t *testing.T) {
	t.Parallel()
	f := newKeyFiles(t)
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		config, err := server.Certificates(f.cert, f.key, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		get := func() *tls.Certificate {
			cert, err := config.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			return cert
		}
		first := get()
		f.replace(t)
		time.Sleep(999 * time.Millisecond)
		if get() != first {
			t.Error("the files are read within a second")
		}
		time.Sleep(time.Millisecond)
		second := get()
		if second == first {
			t.Error("the files are not read after a second")
		}
		time.Sleep(time.Minute)
		if get() != second {
			t.Error("files that have not changed are read again")
		}
		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(time.Second)
			if get() != second {
				t.Error("another certificate without a key")
			}
		}
		f.replace(t)
		time.Sleep(time.Second)
		if get() == second {
			t.Error("the new certificate is not taken after a bad one")
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings:\n%s", n, log.String())
		}
	})
}
