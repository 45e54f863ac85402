package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	for _, tt := range []struct {
		reason string
		env    []string
		code   int
		want   []string
	}{
		{"everything works", []string{"DATABASE_URL=" + db.DSN}, 0, []string{
			"ok      configuration: role ", "ok      names: ", "ok      network: connected to ", "ok      tls: not used", "ok      authentication: role ",
			"ok      server: PostgreSQL", ", primary", "ok      database: " + db.Name, "ok      table test_table: readable", "ok      pool: at most ", "ok      http server: 127.0.0.1:0 is free",
		}},
		{"one table of two is missing", []string{"DATABASE_URL=" + db.DSN, "DBCONTENTS_TABLES=test_table,absent"}, 1, []string{"ok      table test_table", "FAILED  table absent: ", "cause: table_missing", "cure: "}},
		{"no database", []string{"DATABASE_URL=host=127.0.0.1 port=1 sslmode=disable"}, 1, []string{"ok      names: ", "FAILED  network: ", "127.0.0.1", "cause: ", "cure: ", "-       tls: not reached", "-       table test_table: not reached", "-       http server: not reached"}},
	} {
		tt.env = append(tt.env, "ADDR=127.0.0.1:0")
		code, stdout, stderr := run(t, []string{"check"}, tt.env...)
		if code != tt.code || (code == 0) != (stderr == "") {
			t.Errorf("%s: exit code %d, %s", tt.reason, code, stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %q in\n%s", tt.reason, want, stdout)
			}
		}
		code, stdout, _ = run(t, []string{"check", "-json"}, tt.env...)
		var report struct {
			OK    *bool
			Steps []struct {
				Name, Detail, Code, Hint string
				OK                       bool
			}
		}
		if err := json.Unmarshal([]byte(stdout), &report); err != nil || report.OK == nil || *report.OK != (tt.code == 0) || len(report.Steps) == 0 || code != tt.code {
			t.Errorf("%s: exit code %d, %v in %s", tt.reason, code, err, stdout)
		}
	}
}

// Elsewhere than on a terminal a step is one line, whatever its length, below the others.
func TestCheckIsAligned(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	for tables, end := range map[string]string{
		"test_table":        "\n\nAll 10 steps are in order.\n",
		"test_table,absent": "\n\n1 of 11 steps failed. The first:\n  step  table absent\n  what  query absent: table \"absent\" is exposed but does not exist in the database\n  cure  the table is exposed but ",
	} {
		var b strings.Builder
		server.Run(t.Context(), []string{"check"}, []string{"DATABASE_URL=" + db.DSN, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=" + tables}, &b, io.Discard)
		out := b.String()
		if !strings.Contains(out, end) || !strings.HasPrefix(out, "ok      configuration     role ") || !strings.Contains(out, "\nok      table test_table  readable") || strings.Contains(out, "\x1b") {
			t.Errorf("%s:\n%s", tables, out)
		}
	}
}

// The address is looked at as well: somebody else may have taken it.
func TestCheckOfTheAddress(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	s := serve(t, "DATABASE_URL="+db.DSN)
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, tt := range []struct {
		addr string
		code int
		says string
	}{
		{"127.0.0.1:0", 0, "ok      http server: 127.0.0.1:0 is free"},
		{strings.TrimPrefix(s.URL, "http://"), 0, "ok      http server: version "},
		{other.Listener.Addr().String(), 1, "cause: address_in_use"},
		{"192.0.2.1:8888", 1, "cause: address_unusable"},
	} {
		if code, stdout, stderr := run(t, []string{"check"}, "DATABASE_URL="+db.DSN, "ADDR="+tt.addr); code != tt.code || !strings.Contains(stdout, tt.says) {
			t.Errorf("%s: exit code %d\n%s%s", tt.addr, code, stdout, stderr)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	for _, addr := range []string{":" + port, "0.0.0.0:" + port, "[::]:" + port, "127.0.0.1:" + port, "localhost:" + port} {
		if code, stdout, stderr := run(t, []string{"healthcheck"}, "ADDR="+addr); code != 0 || stdout != "ok\n" {
			t.Errorf("%s: exit code %d, %s%s", addr, code, stdout, stderr)
		}
	}
	s.Stop(t)
	sick := serve(t, "DATABASE_URL=host=127.0.0.1 port=1 sslmode=disable")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, tt := range []struct {
		addr string
		code int
		says string
	}{
		{":" + port, 1, "connection refused"},
		{strings.TrimPrefix(sick.URL, "http://"), 1, "not ready: unavailable: "},
		{other.Listener.Addr().String(), 1, "another program"},
		{silent.Addr().String(), 1, "deadline exceeded"},
		{"127.0.0.1:0", 2, "set ADDR to a fixed port"},
		{"8888", 2, "ADDR: "},
	} {
		if code, stdout, stderr := run(t, []string{"healthcheck"}, "ADDR="+tt.addr); code != tt.code || stdout != "" || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit code %d, %s%s", tt.addr, code, stdout, stderr)
		}
	}
}

// However slow both the database and the keys are, it takes less than the ten seconds that it promises.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int)")
	locker := db.Conn()
	if _, err := locker.Exec(t.Context(), "BEGIN; LOCK TABLE a, b, c, d, e"); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	begin := time.Now()
	code, stdout, _ := run(t, []string{"check"}, "DATABASE_URL="+db.DSN, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=a,b,c,d,e",
		"DBCONTENTS_JWT_JWKS_URL=http://"+silent.Addr().String()+"/", "DBCONTENTS_JWT_AUDIENCE=x", "DBCONTENTS_JWT_ISSUER=http://x", "DBCONTENTS_ANON_ROLE="+pgtest.UserOf(t, db.DSN))
	if took := time.Since(begin); took > 10500*time.Millisecond || code != 1 {
		t.Errorf("it took %v, exit code %d", took, code)
	}
	for _, want := range []string{"FAILED  table a: ", "FAILED  tokens: ", "keys_unavailable"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	if code, stdout, _ := run(t, []string{"version"}); code != 0 || !strings.Contains(stdout, "version   ") || !strings.Contains(stdout, "go        go1.") {
		t.Errorf("version: %d %s", code, stdout)
	}
	for _, word := range []string{"help", "-h", "--help"} {
		code, stdout, _ := run(t, []string{word})
		for _, want := range []string{"server check [-json]", "server healthcheck", "DATABASE_URL", "DBCONTENTS_TABLES (test_table)", "PGHOST"} {
			if code != 0 || !strings.Contains(stdout, want) {
				t.Errorf("%s: %d, no %q in\n%s", word, code, want, stdout)
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve"}, {"Check"}, {"check", "-xml"}, {"check", "now"}, {"version", "now"}, {"healthcheck", "now"}} {
		code, stdout, stderr := run(t, args)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "server check [-json]; server healthcheck") {
			t.Errorf("%q: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
}

// What a database or a stranger says moves no cursor and changes no colour: control characters are
// printed as what they are.
func TestControlCharactersArePrinted(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b[2J\x9b\u009b1m\r\b\x07\x00\x7f\u202eb\nc\xff"
	const text = `a\x1b[2J\x9b\u009b1m\r\b\a\x00\x7f\u202eb`
	if got, want := server.Explain(&dbcontents.Error{Op: "query", Err: errors.New(evil), Hint: evil}), "query: "+strings.Replace(text, `\r`, " ", 1)+" c\\xff\nhint: "+text+"\nc\\xff"; got != want {
		t.Errorf("an error is %q, want %q", got, want)
	}
	report := dbcontents.Report{Steps: []dbcontents.Step{{Name: "table " + evil, Reached: true, Detail: evil, Hint: evil, Code: "code"}}}
	for name, asJSON := range map[string]bool{"text": false, "JSON": true} {
		var b strings.Builder
		if err := server.PrintReport(&b, report, asJSON); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if unicode.IsControl(c) && c != '\n' || unicode.Is(unicode.Bidi_Control, c) {
				t.Errorf("the report as %s has %U: %q", name, c, b.String())
			}
		}
		if !asJSON && (strings.Count(b.String(), text+`\nc\xff`) != 6 || strings.Contains(b.String(), "\nc")) {
			t.Errorf("the report is\n%s", b.String())
		}
		var read struct{ Steps []dbcontents.Step }
		if asJSON && (json.Unmarshal([]byte(b.String()), &read) != nil || read.Steps[0].Detail != strings.ToValidUTF8(evil, "\ufffd")) {
			t.Errorf("the report is read as %+v", read.Steps)
		}
	}
	// A relation of such a name, in the real report.
	db := pgtest.New(t, seed, "CREATE TABLE \"e\x1b[31mvil\" (id int)")
	_, stdout, stderr := run(t, []string{"check"}, "DATABASE_URL="+db.DSN, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=test_table,\"e\x1b[31mvil\",\"no\x1b[31mne\"")
	if strings.Contains(stdout+stderr, "\x1b") || !strings.Contains(stdout, `e\x1b[31mvil`) || !strings.Contains(stdout, `no\x1b[31mne`) {
		t.Errorf("%q %q", stdout, stderr)
	}
}
