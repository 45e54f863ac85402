package main

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

var formats = []string{"json", "ndjson", "csv"}

// contents are the bodies that a table may have, by format. Almost every table
// has one; one whose columns come and go has two.
type contents struct {
	table  string
	bodies map[string][][]byte
}

// readContents makes the bodies with PostgreSQL alone.
func readContents(ctx context.Context, conn *pgx.Conn, table string) (*contents, error) {
	c := &contents{table: table, bodies: map[string][][]byte{}}
	return c, c.add(ctx, conn)
}

func (c *contents) add(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "SET timezone = 'UTC'; SET extra_float_digits = 1"); err != nil {
		return err
	}
	var array, lines string
	err := conn.QueryRow(ctx, `SELECT '[' || string_agg(line, E',\n') || E']\n', string_agg(line, E'\n') || E'\n'
		FROM (SELECT row_to_json(t)::text AS line FROM `+c.table+` t ORDER BY id) lines`).Scan(&array, &lines)
	if err != nil {
		return err
	}
	var csv records
	if _, err := conn.PgConn().CopyTo(ctx, &csv, "COPY (SELECT * FROM "+c.table+" ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"); err != nil {
		return err
	}
	for format, body := range map[string][]byte{"json": []byte(array), "ndjson": []byte(lines), "csv": csv} {
		c.bodies[format] = append(c.bodies[format], body)
	}
	return nil
}

// alsoWith adds the bodies after a change, which it undoes.
func (c *contents) alsoWith(ctx context.Context, conn *pgx.Conn, change, undo string) error {
	_, err := conn.Exec(ctx, change)
	if err == nil {
		err = c.add(ctx, conn)
	}
	_, undoErr := conn.Exec(ctx, undo)
	return errors.Join(err, undoErr)
}

// records gets one record with each Write and gives it the line end of RFC 4180.
type records []byte

func (r *records) Write(record []byte) (int, error) {
	*r = append(append(*r, bytes.TrimSuffix(record, []byte("\n"))...), "\r\n"...)
	return len(record), nil
}

// A matcher compares a body with what it may be, as it comes.
type matcher struct {
	candidates [][]byte
	n          int
}

func (c *contents) matcher(format string) *matcher {
	return &matcher{candidates: slices.Clone(c.bodies[format])}
}

// Write drops the candidates that differ. It never fails; see begins and is.
func (m *matcher) Write(p []byte) (int, error) {
	left := m.candidates[:0]
	for _, c := range m.candidates {
		if m.n+len(p) <= len(c) && bytes.Equal(c[m.n:m.n+len(p)], p) {
			left = append(left, c)
		}
	}
	m.candidates = left
	m.n += len(p)
	return len(p), nil
}

// begins reports whether what came is the beginning of the contents.
func (m *matcher) begins() bool { return len(m.candidates) > 0 }

// is reports whether it is all of them.
func (m *matcher) is() bool {
	for _, c := range m.candidates {
		if m.n == len(c) {
			return true
		}
	}
	return false
}
