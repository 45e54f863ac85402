package server

import (
	"context"
	"fmt"
	"io"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// mostParallel bounds what one command takes of the connections that a database has.
const mostParallel = 64

// runParallel is run by several connections.
func (j *job) runParallel(ctx context.Context, store *dbcontents.Store, stdout, stderr io.Writer, shows bool) error {
	out, err := createOutput(j.file, stdout)
	if err != nil {
		return err
	}
	x := dbcontents.Export{Query: j.query, Writer: out, Parallel: j.parallel}
	p := newProgress(stderr)
	if shows {
		x.Progress = func(done dbcontents.Exported) {
			p.written(done.Rows, done.Bytes, int64(done.Finished), int64(done.Ranges))
		}
	}
	done, err := store.Export(ctx, x)
	err = out.finish(err)
	if shows {
		p.end(err == nil)
	}
	if err == nil && done.Undivided != "" {
		fmt.Fprintf(stderr, "one connection has read all rows: %s\n", done.Undivided)
	}
	return err
}
