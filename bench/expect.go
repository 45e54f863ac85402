package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"reflect"

	"github.com/jackc/pgx/v5"
)

// A format is one that the server answers in.
type format struct {
	name, accept string
}

var (
	jsonFormat   = format{"JSON", "application/json"}
	ndjsonFormat = format{"NDJSON", "application/x-ndjson"}
	csvFormat    = format{"CSV", "text/csv"}
	formats      = []format{jsonFormat, ndjsonFormat, csvFormat}
)

// sampleSize is how many rows are decoded and compared value by value.
const sampleSize = 2000

// An expectation is what the answers for a table must be, made by PostgreSQL
// alone: every byte of JSON and NDJSON from row_to_json, every byte of CSV from
// COPY, and the values of a sample of rows from to_jsonb.
type expectation struct {
	rows   int64
	digest map[format]string
	sample map[int64][]byte // to_jsonb of a row by its number, from 0
}

func (db *database) expect(ctx context.Context, t table) (*expectation, error) {
	e := &expectation{digest: map[format]string{}, sample: map[int64][]byte{}}
	name := pgx.Identifier{t.name}.Sanitize()
	if err := e.expectJSON(ctx, db, name); err != nil {
		return nil, err
	}
	if err := e.expectCSV(ctx, db, name); err != nil {
		return nil, err
	}
	if e.rows != t.rows {
		return nil, fmt.Errorf("%s has %d rows, not %d", t.name, e.rows, t.rows)
	}
	return e, e.expectSample(ctx, db, name)
}

func (e *expectation) expectJSON(ctx context.Context, db *database, name string) error {
	array, lines := sha256.New(), sha256.New()
	separator := "["
	rows := db.admin.PgConn().ExecParams(ctx, "SELECT row_to_json(t) FROM "+name+" t", nil, nil, nil, nil)
	for rows.NextRow() {
		row := rows.Values()[0]
		io.WriteString(array, separator)
		array.Write(row)
		separator = ",\n"
		lines.Write(row)
		io.WriteString(lines, "\n")
		e.rows++
	}
	if e.rows == 0 {
		io.WriteString(array, separator)
	}
	io.WriteString(array, "]\n")
	e.digest[jsonFormat], e.digest[ndjsonFormat] = sum(array), sum(lines)
	_, err := rows.Close()
	return err
}

func (e *expectation) expectCSV(ctx context.Context, db *database, name string) error {
	digest := sha256.New()
	_, err := db.admin.PgConn().CopyTo(ctx, crlf{digest}, "COPY "+name+" TO STDOUT (FORMAT csv, HEADER)")
	e.digest[csvFormat] = sum(digest)
	return err
}

// crlf gets one record with each Write and gives it the line end of RFC 4180,
// which COPY has on Windows only.
type crlf struct{ w io.Writer }

func (c crlf) Write(record []byte) (int, error) {
	if _, err := c.w.Write(bytes.TrimSuffix(record, []byte("\n"))); err != nil {
		return 0, err
	}
	_, err := io.WriteString(c.w, "\r\n")
	return len(record), err
}

// expectSample takes every so many rows, in the order in which a scan has them.
func (e *expectation) expectSample(ctx context.Context, db *database, name string) error {
	step := max(1, e.rows/sampleSize)
	rows, err := db.admin.Query(ctx, "SELECT id - 1, to_jsonb(t) FROM "+name+" t WHERE (id - 1) % $1 = 0", step)
	if err != nil {
		return err
	}
	var number int64
	var value []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &value}, func() error {
		e.sample[number] = bytes.Clone(value)
		return nil
	})
	return err
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// A verifier is the body of an answer: it hashes the bytes and, for the two
// JSON formats, decodes the rows of the sample as they come by, a row a line.
type verifier struct {
	expected *expectation
	format   format
	digest   hash.Hash
	number   int64 // of the row that the next byte belongs to
	row      []byte
	compared int
	err      error
}

func (e *expectation) verifier(f format) *verifier {
	return &verifier{expected: e, format: f, digest: sha256.New()}
}

func (v *verifier) Write(p []byte) (int, error) {
	v.digest.Write(p)
	if v.format == csvFormat {
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		_, sampled := v.expected.sample[v.number]
		i := bytes.IndexByte(rest, '\n')
		if sampled {
			v.row = append(v.row, rest[:max(i+1, 0)]...)
			if i < 0 {
				v.row = append(v.row, rest...)
			}
		}
		if i < 0 {
			break
		}
		if sampled {
			v.compare()
		}
		v.number++
		rest = rest[i+1:]
	}
	return len(p), nil
}

// compare compares the row's values, numbers digit by digit, with PostgreSQL's.
func (v *verifier) compare() {
	row := bytes.TrimRight(v.row, ",]\n")
	if v.number == 0 {
		row = bytes.TrimPrefix(row, []byte("["))
	}
	got, err := decode(row)
	want, wantErr := decode(v.expected.sample[v.number])
	switch {
	case v.err != nil:
	case err != nil || wantErr != nil:
		v.err = fmt.Errorf("row %d: %v, %v: %s", v.number, err, wantErr, row)
	case !reflect.DeepEqual(got, want):
		v.err = fmt.Errorf("row %d is %s, to_jsonb says %s", v.number, row, v.expected.sample[v.number])
	}
	v.compared++
	v.row = v.row[:0]
}

func decode(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// verdict says what is wrong with the whole answer.
func (v *verifier) verdict(a answer) error {
	if err := complete(a, v.expected.rows); err != nil {
		return err
	}
	if v.err != nil {
		return v.err
	}
	if v.format != csvFormat && v.compared != len(v.expected.sample) {
		return fmt.Errorf("%d rows of the sample were met, not %d", v.compared, len(v.expected.sample))
	}
	if got := sum(v.digest); got != v.expected.digest[v.format] {
		return fmt.Errorf("the body's SHA-256 is %s, PostgreSQL's own %s is %s", got, v.format.name, v.expected.digest[v.format])
	}
	return nil
}
