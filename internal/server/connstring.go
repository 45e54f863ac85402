package server

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// secretMost is far more than a password or connection string has, and keeps a
// wrong path, to a device perhaps, from being read for ever.
const secretMost = 64 << 10

// connString puts the connection string together from the variables and files
// that have a part in it. An empty one means the variables of libpq.
func (s *settings) connString(vars map[string]string, p *problems) string {
	conn, source := p.secret("DATABASE_URL", s.ConnString, s.ConnStringFile)
	s.source = source
	switch {
	case source == "DATABASE_URL_FILE":
		conn = strings.TrimSpace(conn)
	case conn == "":
		s.source = libpq
	}
	if s.PasswordFile.text() == "" {
		return conn
	}
	password, err := readSecret(s.PasswordFile)
	switch {
	case err != nil:
		p.add("PGPASSWORD_FILE", err.Error())
	case vars["PGPASSWORD"] != "":
		p.add("PGPASSWORD_FILE", "PGPASSWORD is set as well; set one of them")
	default:
		return s.withPassword(conn, password, p)
	}
	return conn
}

// secret is what a variable holds, or what is in the file that the variable with _FILE
// names, and which of them it came from.
func (p *problems) secret(variable string, value, file secret) (text, source string) {
	text, inFile := value.text(), variable+"_FILE"
	switch {
	case file.text() == "":
		return text, variable
	case text != "":
		p.add(inFile, variable+" is set as well; set one of them")
		return text, variable
	}
	text, err := readSecret(file)
	if err != nil {
		p.add(inFile, err.Error())
	}
	return text, inFile
}

// authority is a connection URL from its host on; ok is false for key=value
// pairs. The user ends at the first @, unless a slash comes before it.
func authority(conn string) (rest string, ok bool) {
	if !strings.HasPrefix(conn, "postgres://") && !strings.HasPrefix(conn, "postgresql://") {
		return "", false
	}
	_, rest, _ = strings.Cut(conn, "://")
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	return rest, true
}

// readSecret is the content of a file without the line's end that editors and
// echo put there. Its errors do not say the name: what is in its place may be the
// secret itself.
func readSecret(name secret) (string, error) {
	file, err := os.Open(name.text())
	if err != nil {
		return "", fmt.Errorf("the file that it names cannot be opened inside this process or container: %w; want the path of a file, not what is in it", errors.Unwrap(err))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, secretMost+1))
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case err != nil:
		return "", fmt.Errorf("the file that it names cannot be read: %w", errors.Unwrap(err))
	case len(content) > secretMost:
		return "", fmt.Errorf("the file that it names is larger than %d bytes", secretMost)
	case text == "":
		return "", errors.New("the file that it names is empty")
	case strings.ContainsRune(text, 0):
		return "", errors.New("the file that it names holds a NUL")
	}
	return text, nil
}

// withPassword adds a password to a connection string.
func (s *settings) withPassword(conn, password string, p *problems) string {
	whole := addPassword(conn, password)
	parsed, err := pgconn.ParseConfig(whole)
	if err != nil {
		return conn // the Store says what is wrong with it
	}
	if parsed.Password != password {
		// As in "host=localhost user=": the password would become the user's
		// name, which is no secret to anybody.
		p.add(s.source, "it ends in the middle of a value, so that the password of PGPASSWORD_FILE cannot be added")
		return conn
	}
	return whole
}

// addPassword writes a password at the end of a connection string of either
// form, as the last one wins, and leaves the rest as it is.
func addPassword(conn, password string) string {
	rest, isURL := authority(conn)
	if !isURL {
		escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		return conn + " password='" + escape.Replace(password) + "'"
	}
	separator := "?"
	switch {
	case strings.HasSuffix(rest, "?") || strings.HasSuffix(rest, "&"):
		separator = ""
	case strings.Contains(rest, "?"):
		separator = "&"
	}
	// libpq does not take a plus for a space.
	return conn + separator + "password=" + strings.ReplaceAll(url.QueryEscape(password), "+", "%20")
}
