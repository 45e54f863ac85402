package pool

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/probe"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

func parseConnString(connString string) (*pgxpool.Config, error) {
	if isURL(connString) && misread(connString) {
		return nil, errors.New("ConnString: there is an @ too many, which would make a part of a password the name of the host or the database; a password that holds @ : / ? or # must be percent-encoded, or given as PGPASSWORD")
	}
	config, err := pgxpool.ParseConfig(connString)
	if err != nil {
		return nil, explainParseError(connString, err)
	}
	if part := Misplaced(config.ConnConfig); part != "" {
		return nil, errors.New("ConnString: " + part)
	}
	for _, h := range probe.Hosts(config.ConnConfig) {
		if !h.Socket() && strings.ContainsFunc(h.Name, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("@/=?&#", c) }) {
			return nil, errors.New("ConnString: the host holds characters that no name or address of a host has")
		}
	}
	return config, nil
}

// saysPoolSize reports whether a connection string, or the service that it names, sets
// pool_max_conns, which pgxpool takes out of its result.
func saysPoolSize(connString string) bool { return says(connString, "pool_max_conns") }

// saysLifetime is saysPoolSize for pool_max_conn_lifetime.
func saysLifetime(connString string) bool { return says(connString, "pool_max_conn_lifetime") }

func says(connString, key string) bool {
	config, err := pgconn.ParseConfig(connString)
	return err == nil && config.RuntimeParams[key] != ""
}

// takeBalance takes load_balance_hosts out of a configuration, or out of the environment as libpq
// does: pgx does not know it, and would send it to the server. Unlike in libpq the default is
// random, see docs/decisions.md.
func takeBalance(config *pgx.ConnConfig) (balance string, err error) {
	const key = "load_balance_hosts"
	balance = config.RuntimeParams[key]
	delete(config.RuntimeParams, key)
	if balance == "" {
		balance = os.Getenv("PGLOADBALANCEHOSTS")
	}
	switch balance {
	case "":
		return "random", nil
	case "random", "disable":
		return balance, nil
	}
	return "", errors.New("ConnString: " + key + " is not valid; it is random or disable")
}

// Misplaced says which part of how to connect is not what it should be and may
// hold a password: PGHOST=postgres://user:password@host, say. The names of hosts,
// roles and databases are shown in errors. It is empty if all is well.
func Misplaced(config *pgx.ConnConfig) string {
	for _, part := range []struct{ name, value string }{{"user", config.User}, {"database", config.Database}} {
		if confidential.ConnString(part.value) {
			return "the " + part.name + " is a connection string, not a name"
		}
	}
	for _, h := range probe.Hosts(config) {
		if confidential.ConnString(h.Name) {
			return "the host is a connection string, not a name"
		}
	}
	for key, value := range config.RuntimeParams {
		if confidential.ConnString(key) || confidential.ConnString(value) {
			return "a parameter holds a connection string"
		}
	}
	return ""
}

func isURL(connString string) bool {
	return strings.HasPrefix(connString, "postgres://") || strings.HasPrefix(connString, "postgresql://")
}

// misread tells the URLs that parse, but not as they were meant, so that a part
// of the password would be shown as the name of the host or of the database:
// postgres://user:p@ss@host/database, postgres://user:12/34@host/database, or one
// that was pasted behind a scheme. Neither name holds an @, nor does a key.
func misread(connString string) bool {
	_, rest, _ := strings.Cut(connString, "://")
	// The user ends at the first @, unless a slash comes before it.
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	path, query, _ := strings.Cut(rest, "?")
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		path += key
	}
	return strings.Contains(path, "@")
}

// explainParseError says what of a connection string is wrong without quoting
// any of it: pgx's own redaction is best effort, and its cause repeats parts.
func explainParseError(connString string, err error) error {
	var file *os.PathError
	if errors.As(err, &file) {
		return &FileError{fmt.Sprintf("ConnString: the file %s cannot be read inside this process or container: %v", confidential.Quote(file.Path), file.Err)}
	}
	var parse *pgconn.ParseConfigError
	if !errors.As(err, &parse) {
		return errors.New("ConnString: is not a valid connection string")
	}
	// The text is "cannot parse `connection string`: what is wrong".
	text := parse.Error()
	text = text[strings.LastIndex(text, "`: ")+1:]
	for _, key := range connStringKeys {
		if strings.Contains(text, key) {
			return fmt.Errorf("ConnString: %s is not valid", key)
		}
	}
	if strings.Contains(text, "invalid port") || hasBadPort(connString) {
		return errors.New("ConnString: the port is not a number from 1 to 65535; a password that holds @ : / ? or # must be percent-encoded, or given as PGPASSWORD")
	}
	return errors.New("ConnString: is not a valid connection string; want postgres://user@host:port/database or key=value pairs; a password that holds @ : / ? or # must be percent-encoded, or given as PGPASSWORD")
}

// A FileError is about a file that a connection string names.
type FileError struct{ text string }

// Error says which file, and why it cannot be read.
func (e *FileError) Error() string { return e.text }

// connStringKeys are the keys that pgx finds fault with, none behind one that
// is a part of it.
var connStringKeys = []string{
	"sslmode", "sslrootcert", "sslcertmode", "sslcert", "sslkey", "sslpassword", "sslnegotiation", "sslsni", "connect_timeout", "target_session_attrs",
	"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity", "pool_max_conns", "pool_min_conns",
	"pool_min_idle_conns", "pool_max_conn_lifetime_jitter", "pool_max_conn_lifetime", "pool_max_conn_idle_time",
	"pool_health_check_period", "pool_ping_timeout", "min_protocol_version", "max_protocol_version", "channel_binding", "require_auth", "service",
}

func hasBadPort(connString string) bool {
	u, err := url.Parse(connString)
	if err != nil {
		return strings.Contains(err.Error(), "invalid port")
	}
	if u.Port() == "" {
		return false
	}
	n, err := strconv.Atoi(u.Port())
	return err != nil || n < 1 || n > 65535
}
