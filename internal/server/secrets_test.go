package server_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// role is the DSN of a role that may read test_table and logs in by its
// password, as the throwaway server admits none without.
func role(db *pgtest.DB) (dsn *url.URL, password string) {
	dsn, err := url.Parse(db.Role("", "GRANT SELECT ON test_table TO ROLE"))
	if err != nil {
		panic(err) // it would show the DSN, which is a test's
	}
	password, _ = dsn.User.Password()
	return dsn, password
}

func TestPasswordFromAFile(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	dsn, password := role(db)
	dir := t.TempDir()
	file, wrong, whole := filepath.Join(dir, "password"), filepath.Join(dir, "wrong"), filepath.Join(dir, "url")
	write(t, file, password+"\n")
	write(t, wrong, "wrong\n")
	write(t, whole, dsn.String()+"\n")
	without := *dsn
	without.User = url.User(dsn.User.Username())
	keys := "host=" + dsn.Hostname() + " port=" + dsn.Port() + " user=" + dsn.User.Username() + " dbname=" + db.Name + " sslmode=disable"
	for _, tt := range []struct {
		reason string
		env    []string
		code   int
	}{
		{"a URL", []string{"DATABASE_URL=" + without.String(), "PGPASSWORD_FILE=" + file}, 0},
		{"key=value pairs", []string{"DATABASE_URL=" + keys, "PGPASSWORD_FILE=" + file}, 0},
		{"the file wins over the URL", []string{"DATABASE_URL=" + strings.Replace(dsn.String(), password, "old", 1), "PGPASSWORD_FILE=" + file}, 0},
		{"the whole URL from a file", []string{"DATABASE_URL_FILE=" + whole}, 0},
		{"both from files", []string{"DATABASE_URL_FILE=" + whole, "PGPASSWORD_FILE=" + file}, 0},
		{"it is the password that counts", []string{"DATABASE_URL=" + without.String(), "PGPASSWORD_FILE=" + wrong}, 1},
	} {
		code, stdout, stderr := run(t, []string{"check"}, tt.env...)
		if code != tt.code || strings.Contains(stdout+stderr, password) {
			t.Errorf("%s: exit code %d\n%s%s", tt.reason, code, stdout, stderr)
		}
		if code == 1 && !strings.Contains(stdout, "cause: wrong_password") {
			t.Errorf("%s: %s", tt.reason, stdout)
		}
	}
}

// No output shows the password, whatever is wrong.
func TestSecretsCanary(t *testing.T) {
	t.Parallel()
	const canary = "canary4711"
	db := pgtest.New(t, seed)
	dsn, _ := role(db)
	file := filepath.Join(t.TempDir(), "password")
	write(t, file, canary)
	host := dsn.Host + dsn.Path
	var shown strings.Builder
	for _, env := range [][]string{
		{"DATABASE_URL=postgres://u:" + canary + "@" + host},
		{"DATABASE_URL=postgres://u:" + canary + "@[" + host},
		{"DATABASE_URL=postgres://u:" + canary + "@h:x/d"},
		{"DATABASE_URL=postgres://u:" + canary + "/@h/d"},
		{"DATABASE_URL=postgres://u:" + canary + "%zz@h/d"},
		{"DATABASE_URL=postgres://postgres://u:" + canary + "@h/d"},
		{"DATABASE_URL=postgres://u:12/" + canary + "@h/d"},
		{"DATABASE_URL=postgres://h/d?password=" + canary + "&sslmode=bogus"},
		{"DATABASE_URL=postgres://h/d?password=" + canary + "&x"},
		{"DATABASE_URL=u:" + canary + "@" + host},
		{"DATABASE_URL=" + canary},
		{"DATABASE_URL=host=h password=" + canary + " port=x"},
		{"DATABASE_URL=host=h password='" + canary},
		{"DATABASE_URL=host=h user=", "PGPASSWORD_FILE=" + file},
		{`DATABASE_URL=host=h user=\`, "PGPASSWORD_FILE=" + file},
		{"DATABASE_URL_FILE=" + file},
		{"DATABASE_URL=postgres://u@" + host, "PGPASSWORD_FILE=" + file},
		{"DATABASE_URL=" + strings.Replace(dsn.String(), dsn.User.String(), dsn.User.Username()+":"+canary, 1)},
	} {
		for _, args := range [][]string{{"check"}, {"check", "-json"}} {
			code, stdout, stderr := run(t, args, append(env, "DBCONTENTS_VERBOSE=on")...)
			if code == 0 {
				t.Errorf("%v succeeded", env)
			}
			shown.WriteString(stdout + stderr)
		}
	}
	s := serve(t, "DATABASE_URL=postgres://u:"+canary+"@"+host, "DBCONTENTS_VERBOSE=on")
	for _, path := range []string{"/readyz?verbose", "/dbcontents", "/", "/version"} {
		_, body := s.get(t, path)
		shown.WriteString(body)
	}
	s.Stop(t)
	shown.WriteString(s.Log.String())
	for line := range strings.Lines(shown.String()) {
		if strings.Contains(line, canary) {
			t.Errorf("the password is shown: %s", line)
		}
	}
}
