package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const tlsName = "api.example"

// keyFiles are a certificate and its key in files.
type keyFiles struct {
	authority
	cert, key string
}

func newKeyFiles(t *testing.T) *keyFiles {
	t.Helper()
	dir := t.TempDir()
	f := &keyFiles{newAuthority(t), filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
	f.replace(t)
	return f
}

// replace writes another pair into the files.
func (f *keyFiles) replace(t *testing.T) {
	t.Helper()
	cert, key := f.issue(t, tlsName)
	write(t, f.cert, cert)
	write(t, f.key, key)
}

func (f *keyFiles) env() []string {
	return []string{"DBCONTENTS_TLS_CERT=" + f.cert, "DBCONTENTS_TLS_KEY=" + f.key}
}

// client trusts the authority alone and expects the name. dial may be nil.
func (f *keyFiles) client(t *testing.T, proto string, dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(f.authority.cert)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(proto == "HTTP/1.1")
	protocols.SetHTTP2(proto == "HTTP/2.0")
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: tlsName}, Protocols: protocols, DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// serveTLS is serve over TLS, with a client for one of the protocols.
func serveTLS(t *testing.T, proto string, f *keyFiles, env ...string) *running {
	t.Helper()
	s := serve(t, append(f.env(), env...)...)
	s.HTTP = f.client(t, proto, nil)
	return s
}

var protos = []string{"HTTP/1.1", "HTTP/2.0"}

func TestTLS(t *testing.T) {
	t.Parallel()
	for _, proto := range protos {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			s := serveTLS(t, proto, newKeyFiles(t), "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_TABLES=test_table,large,broken")
			if url, _ := s.Log.line(t, "serving")["url"].(string); !strings.HasPrefix(url, "https://127.0.0.1:") {
				t.Errorf("the first line has the URL %q", url)
			}
			response, body := s.get(t, "/dbcontents")
			if response.Proto != proto || response.StatusCode != 200 || !strings.Contains(body, `"one"`) || response.Header.Get("Etag") == "" {
				t.Errorf("%s %s %s", response.Proto, response.Status, body)
			}
			if response, _ := s.get(t, "/dbcontents", "If-None-Match", response.Header.Get("Etag")); response.StatusCode != 304 {
				t.Errorf("If-None-Match: %s", response.Status)
			}
			if response, body := s.get(t, "/dbcontents?limt=1"); response.StatusCode != 400 || !strings.Contains(body, "did you mean") {
				t.Errorf("%s %s", response.Status, body)
			}
			response, body = s.get(t, "/dbcontents/large")
			if len(body) < 60_000_000 || response.Trailer.Get("Dbcontents-Status") != "complete" || response.Trailer.Get("Dbcontents-Rows") != "60000" {
				t.Errorf("stream: %d bytes, trailer %v", len(body), response.Trailer)
			}
			for _, path := range []string{"/dbcontents", "/dbcontents/large", "/livez"} {
				head, err := s.HTTP.Head(s.URL + path)
				if err != nil || head.StatusCode != 200 || head.Header.Get("Content-Type") == "" {
					t.Errorf("HEAD %s: %+v, %v", path, head, err)
				}
			}
			for range 3 { // the connection is of use after it, or another is made
				broken, err := s.HTTP.Get(s.URL + "/dbcontents/broken")
				if err != nil {
					t.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, broken.Body); err == nil || broken.Trailer.Get("Dbcontents-Status") != "" {
					t.Errorf("%d bytes of a broken answer look complete: %v", n, broken.Trailer)
				}
				broken.Body.Close()
				s.eventually(t, "/dbcontents", 200)
			}
		})
	}
}

// stalling is a connection whose client stops to take anything from TCP.
type stalling struct {
	*net.TCPConn
	stalled *atomic.Bool
	end     <-chan struct{}
}

func (c stalling) Read(p []byte) (int, error) {
	if c.stalled.Load() {
		<-c.end
	}
	return c.TCPConn.Read(p)
}

// A client that reads nothing is given up, also where it has taken the whole
// connection to a halt, so that HTTP/2 cannot even tell it.
func TestSlowClientsOverTLS(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed, `CREATE VIEW huge AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 3000000) i`)
	for _, proto := range protos {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			f := newKeyFiles(t)
			s := serveTLS(t, proto, f, "DATABASE_URL="+db.DSN, "DBCONTENTS_TABLES=test_table,huge", "DBCONTENTS_WRITE_TIMEOUT=1s")
			var stalled atomic.Bool
			slow := f.client(t, proto, func(ctx context.Context, network, addr string) (net.Conn, error) {
				var dialer net.Dialer
				conn, err := dialer.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return stalling{conn.(*net.TCPConn), &stalled, t.Context().Done()}, nil
			})
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/dbcontents/huge", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Request-Id", "slow")
			response, err := slow.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			stalled.Store(true)
			line := s.request(t, "slow")
			if line["cause"] != "slow_client" || line["aborted"] != true {
				t.Errorf("%v", line)
			}
			if us, _ := line["duration_us"].(float64); us > 15e6 {
				t.Errorf("it took %v µs", us)
			}
			response.Body.Close()
			s.eventually(t, "/dbcontents", 200)
		})
	}
}

func TestStrangersAtTLS(t *testing.T) {
	t.Parallel()
	f := newKeyFiles(t)
	s := serveTLS(t, "HTTP/1.1", f, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	address := strings.TrimPrefix(s.URL, "https://")
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	dial().Close()
	plain := dial()
	defer plain.Close()
	io.WriteString(plain, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if response, err := http.ReadResponse(bufio.NewReader(plain), nil); err != nil || response.StatusCode != 400 {
		t.Errorf("plain HTTP: %+v, %v", response, err)
	}
	old, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err == nil {
		old.Close()
		t.Error("TLS 1.1 is spoken")
	}
	silent := dial()
	defer silent.Close()
	start := time.Now()
	silent.SetReadDeadline(start.Add(wait))
	silent.Read(make([]byte, 1))
	if took := time.Since(start); took < 4*time.Second || took > 10*time.Second {
		t.Errorf("a silent client was dealt with after %v", took)
	}
	wizard, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer wizard.Close()
	io.WriteString(wizard, "this is no preface of HTTP/2 but long enough to be one")
	wizard.SetReadDeadline(time.Now().Add(wait))
	io.Copy(io.Discard, wizard)
	found := 0
	for deadline := time.Now().Add(wait); found < 5 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		found = strings.Count(s.Log.String(), "TLS handshake error") + strings.Count(s.Log.String(), "error reading preface")
	}
	if log := s.Log.String(); found != 5 || strings.Contains(log, `"level":"WARN"`) {
		t.Errorf("%d of 5 are in the log at level debug:\n%s", found, log)
	}
}
