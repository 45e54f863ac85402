package pgfetch_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgfetch"
)

// Whole downloads and damaged ones are tested with the quickstart. Here is what
// a repository may do that the library alone would wait for or put up with.
func TestFetchGivesUp(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	endless := func(w http.ResponseWriter, r *http.Request) {
		for block := make([]byte, 1<<20); r.Context().Err() == nil; {
			w.Write(block)
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		tls     bool
		idle    time.Duration
		want    string
	}{
		{"silent at once", hang, false, 200 * time.Millisecond, "no data received for 200ms"},
		{"silent in between", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("PK"))
			w.(http.Flusher).Flush()
			hang(w, r)
		}, false, 200 * time.Millisecond, "no data received for 200ms"},
		{"endless", endless, false, time.Minute, "larger than 128 MB"},
		{"an unreadable checksum", func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sha256") {
				w.Header().Set("Content-Length", "64")
			}
			w.Write([]byte("PK"))
		}, false, time.Minute, "broken off after 2 bytes: unexpected EOF"},
		{"in circles", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, false, time.Minute, "too many redirects"},
		{"out of HTTPS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+r.URL.Path, http.StatusFound)
		}, true, time.Minute, "redirected to an address without HTTPS"},
		{"to another machine without HTTPS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, false, time.Minute, "redirected to an address without HTTPS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer pgfetch.IdleTimeout(tt.idle)()
			server := httptest.NewUnstartedServer(tt.handler)
			if !tt.tls {
				server.Start()
			} else {
				server.StartTLS()
				saved := http.DefaultTransport
				http.DefaultTransport = server.Client().Transport
				defer func() { http.DefaultTransport = saved }()
			}
			defer server.Close()
			stage, temporary := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", temporary)
			client := http.DefaultClient
			programs := filepath.Join(stage, "programs")
			err := pgfetch.Fetch(t.Context(), strings.Replace(server.URL, "http", "HTTP", 1), stage, programs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if _, err := os.Stat(programs); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("unpacked: %v", err)
			}
			left, err := os.ReadDir(temporary)
			if err != nil || len(left) > 0 || http.DefaultClient != client || os.Getenv("TMPDIR") != temporary {
				t.Errorf("the process is not as it was: %v, %v, %v, TMPDIR=%s", left, err, http.DefaultClient, os.Getenv("TMPDIR"))
			}
		})
	}
}

func TestFetchCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	stage := t.TempDir()
	if err := pgfetch.Fetch(ctx, server.URL, stage, filepath.Join(stage, "programs")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Another machine is asked by HTTPS only, however its address is written.
func TestFetchWithoutHTTPS(t *testing.T) {
	for _, repository := range []string{
		"http://192.0.2.1/maven", "HTTP://192.0.2.1", "http://localhost.example", "http://127.0.0.1.example", "http://localhost@192.0.2.1",
		"ftp://localhost", "localhost", "", "http://user:canary@[/",
	} {
		stage := t.TempDir()
		err := pgfetch.Fetch(t.Context(), repository, stage, filepath.Join(stage, "programs"))
		if err == nil || !strings.Contains(err.Error(), "must begin with https://") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", repository, err)
		}
	}
}
