package pgtest

import (
	"context"
	"encoding/csv"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// LogStatements are the arguments of [Private] for a server that can tell its Statements.
var LogStatements = []string{
	"-c", "logging_collector=on", "-c", "log_destination=csvlog", "-c", "log_statement=all",
	"-c", "log_rotation_age=0", "-c", "log_rotation_size=0",
}

// The fields of a line of the log, counted from 0.
const (
	logDatabase = 2
	logMessage  = 13
	logQuery    = 19 // the statement that failed
)

// Statements are all statements that the server was told to run in a database
// so far, also those that it refused, as it logged them. It reads the log up to
// a statement of its own, which it leaves out.
func (s *Server) Statements(ctx context.Context, database string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	mark := "SELECT '" + secret() + "'"
	if _, err := conn.Exec(ctx, mark); err != nil {
		return nil, err
	}
	for {
		var log string
		// The newest lines may still be on their way, cut in the middle.
		err := conn.QueryRow(ctx, `SELECT convert_from(pg_read_binary_file(pg_current_logfile('csvlog')), 'UTF8')`, pgx.QueryExecModeSimpleProtocol).Scan(&log)
		if err == nil && strings.Contains(log, mark) {
			return statementsIn(log[:strings.LastIndex(log[:strings.Index(log, mark)], "\n")+1], database)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		}
	}
}

func statementsIn(log, database string) (statements []string, err error) {
	lines, err := csv.NewReader(strings.NewReader(log)).ReadAll()
	for _, line := range lines {
		if line[logDatabase] != database {
			continue
		}
		kind, text, ok := strings.Cut(line[logMessage], ": ")
		if ok && (kind == "statement" || strings.HasPrefix(kind, "execute ")) {
			statements = append(statements, text)
		}
		if line[logQuery] != "" {
			statements = append(statements, line[logQuery])
		}
	}
	return statements, err
}

// Unquoted is what of a statement lies outside of quoted names and string
// constants, each of which is left as its quotes.
func Unquoted(statement string) string {
	var b strings.Builder
	for i := 0; i < len(statement); i++ {
		c := statement[i]
		b.WriteByte(c)
		if c != '\'' && c != '"' {
			continue
		}
		escapes := c == '\'' && i > 0 && statement[i-1]|0x20 == 'e' && (i == 1 || !isWord(statement[i-2]))
		for i++; i < len(statement); i++ {
			if statement[i] == '\\' && escapes {
				i++
			} else if statement[i] == c {
				if i+1 == len(statement) || statement[i+1] != c {
					b.WriteByte(c)
					break
				}
				i++
			}
		}
	}
	return b.String()
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
