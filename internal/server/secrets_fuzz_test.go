package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

// FuzzSecrets: whatever is wrong with the variables that hold a password, the
// message does not repeat it.
func FuzzSecrets(f *testing.F) {
	for _, s := range [][2]string{
		{"postgres://u:", "@h:x/d"},
		{"postgres://u:12/", "@h/d"},
		{"postgres://u:a@", "@h/d"},
		{"host=h password='", ""},
		{"host=h port=x password=", ""},
		{"postgres://h/d?password=", "&sslmode=x"},
		{"mysql://u:", "@h/d"},
		{"", ""},
		{"=", "="},
		{"host=h user=", ""},
		{`host=h user=\`, ""},
		{"postgres://u:", "@h/d?%"},
		{"service=s password=", ""},
	} {
		f.Add(s[0], s[1])
	}
	dir := f.TempDir()
	file, password := filepath.Join(dir, "url"), filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(canary), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.ContainsRune(before+after, 0) {
			t.Skip("no variable can hold a NUL")
		}
		write(t, file, before+canary+after)
		for _, env := range [][]string{
			{"DATABASE_URL=" + before + canary + after},
			{"DATABASE_URL_FILE=" + file},
			{"DATABASE_URL=" + before + after, "PGPASSWORD_FILE=" + password},
			{"DATABASE_URL=" + before + canary + after, "PGPASSWORD_FILE=" + password},
		} {
			if err := server.Configure(env); err != nil && strings.Contains(server.Explain(err), canary) {
				t.Errorf("%q: %s", env, server.Explain(err))
			}
		}
	})
}
