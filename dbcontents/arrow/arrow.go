// Package arrow writes rows as an Apache Arrow IPC stream, the format that DuckDB, Polars, pandas
// and R read without parsing. It is a module of its own, as Arrow brings many others along.
//
// In a handler it is one more media type:
//
//	httpapi.New(store, httpapi.Options{Formats: []httpapi.Format{arrow.Format()}})
//
// A client asks for it by Accept: application/vnd.apache.arrow.stream. In a program:
//
//	rows, err := store.Query(ctx, dbcontents.Query{Table: "books", Format: dbcontents.Wire})
//	...
//	n, err := arrow.WriteTo(rows, file) // closes the rows
//
// # Types
//
// Every column may be null, and has a type of Arrow by its type in PostgreSQL; a domain has that of its base type:
//
//	boolean                         bool
//	smallint, integer, bigint       int16, int32, int64
//	oid                             uint32
//	real, double precision          float32, float64
//	numeric(p,s)                    decimal128 up to 38 digits, decimal256 up to 76; NaN is an error
//	numeric, and those of a domain  utf8
//	date                            date32
//	time                            time64, in microseconds
//	timestamp, with time zone       timestamp in microseconds, with the time zone UTC
//	interval                        month_day_nano
//	uuid                            fixed_size_binary(16), with the extension name arrow.uuid
//	bytea                           binary
//	json, jsonb                     utf8, with the extension name arrow.json
//	arrays of these, and of texts   list, of arrays of one dimension; more are an error. But jsonb[] is JSON
//	other arrays, composites        utf8 that is JSON, with the extension name arrow.json
//	what a function casts to json   the same, such as hstore
//	related rows                    the same
//	everything else                 utf8, as PostgreSQL prints it
//
// DuckDB, which reads all other types, refuses a stream with a decimal256; cast such a column to text for it.
//
// The infinities of date and timestamp are the greatest number that the type has and its negative,
// which no other date is, and which DuckDB takes for them. A value that is beyond what the type of Arrow can hold, such as an interval of
// more than 292 years in hours, is an error that says which column it is in. Cast such a column to text.
package arrow

import (
	"bufio"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// MediaType is that of an Arrow IPC stream.
const MediaType = "application/vnd.apache.arrow.stream"

const (
	// batchRows and batchBytes bound a record batch, and so the memory: it ends with the
	// row that reaches one of them. The bytes are those of the batch.
	batchRows  = 8192
	batchBytes = 1 << 20
	// blockSize is how much is written at once, at least.
	blockSize = 128 << 10
)

// cutShort is the beginning of a message that never comes. A reader takes a stream that
// just ends for a whole one.
var cutShort = []byte{0xff, 0xff, 0xff, 0xff, 0x40, 0, 0, 0}

// Format is the format for [httpapi.Options.Formats].
func Format() httpapi.Format {
	return httpapi.Format{MediaType: MediaType, Write: func(rows *dbcontents.Rows, w io.Writer) error {
		_, err := WriteTo(rows, w)
		return err
	}}
}

// WriteTo writes all rows as a stream and closes them. Their Query must have the Format
// [dbcontents.Wire]. Like [dbcontents.Rows.WriteTo] it is for rows of which nothing was read, and fails
// with [dbcontents.ErrInvalid] after Next, and with [dbcontents.ErrClosed] of rows that are closed or read to their
// end. A row that takes more than [dbcontents.Config].MaxRowBytes in a batch is [dbcontents.ErrTooLarge]. It writes at least 128 KiB at once, and at most what a column has in a batch of
// 8192 rows or 1 MiB. Like [dbcontents.Rows.WriteTo] it writes nothing before the first batch is full or the rows have
// ended, so that an error before that leaves w as it was. Memory does not depend on the number of
// rows. A stream that an error cuts short later is one that readers refuse.
func WriteTo(rows *dbcontents.Rows, w io.Writer) (n int64, err error) {
	defer rows.Close()
	if err := rows.Claim(); err != nil {
		return 0, err
	}
	counted := &counter{w: w}
	table, err := newTable(rows)
	if err != nil {
		return 0, err
	}
	block := bufio.NewWriterSize(counted, blockSize)
	err = table.write(rows, block)
	if err == nil {
		err = block.Flush()
	} else if counted.n > 0 && counted.err == nil {
		block.Flush() // whole messages, after which cutShort is taken for the next one
		counted.Write(cutShort)
	}
	if counted.err != nil {
		err = table.failed("writer_failed", "the output could not be written", counted.err)
	}
	return counted.n, err
}

// A counter counts what is written, and keeps the first error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if n < len(b) && err == nil {
		err = io.ErrShortWrite
	}
	c.n += int64(n)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// write writes rows in batches.
func (t *table) write(rows *dbcontents.Rows, w io.Writer) error {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, t.schema)
	defer builder.Release()
	appenders := t.appenders(builder)
	stream := ipc.NewWriter(w, ipc.WithSchema(t.schema))
	flush := func() error {
		batch := builder.NewRecordBatch()
		defer batch.Release()
		return stream.Write(batch)
	}
	// The offsets of a batch are numbers of 32 bits.
	most := min(rows.MaxRowBytes(), math.MaxInt32-batchBytes)
	held, bytes := 0, 0
	for rows.Next() {
		values, err := rows.RawValues()
		if err != nil {
			return err
		}
		row := 0
		for i, value := range values {
			if value == nil {
				builder.Field(i).AppendNull()
				row += t.columns[i].null
				continue
			}
			size, problem := appenders[i](value, most-row)
			if row += size; problem == "" && row > most {
				problem = tooLarge
			}
			if problem != "" {
				return t.refused(i, problem)
			}
		}
		bytes += row
		if held++; held >= batchRows || bytes >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
			builder.Reserve(held) // the next batch is much like this one
			held, bytes = 0, 0
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if held > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return stream.Close()
}
