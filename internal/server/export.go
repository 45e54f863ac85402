package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

const exportHelp = `server export TABLE [-format FORMAT] [-o FILE] [-parallel N] [FILTER ...]

Writes the contents of one table or view, which need not be one of
DBCONTENTS_TABLES. It reads as the role that connects. DBCONTENTS_MAX_ROWS and
DBCONTENTS_MAX_COST do not apply. DBCONTENTS_QUERY_TIMEOUT and
DBCONTENTS_FIRST_ROW_TIMEOUT apply if they are set; else it is a day.

  TABLE           its name, as in DBCONTENTS_TABLES: orders, sales.orders
  -format FORMAT  csv, json, ndjson or text (one column); without it what the
                  name of FILE ends with, or else csv
  -o FILE         the file to write, which is replaced once everything is
                  written; until then it is FILE.part. One that is there already,
                  of another export or of one that was killed, is an error: if no
                  other export is under way, remove it. Of a symbolic link, the
                  file that it points to is replaced
  -parallel N     read by N connections at once, from 1 to 64, and one more that
                  holds the state that all of them see. The rows come in any
                  order, or in that of order= if its first column is an integer.
                  Without -parallel, or where the rows cannot be divided, one
                  connection reads them
  FILTER          what a URL has between two ampersands, without
                  percent-encoding: total=gt.100, select=id,total,
                  order=id.desc, limit=1000

For example:

  server export orders >orders.csv
  server export orders -o orders.ndjson 'total=gt.100' 'order=id'
  server export orders -o orders.csv -parallel 4

On a terminal it says how far it is. Exit codes: 0 everything was written;
1 the export failed or was interrupted; 2 the command line or the configuration
is wrong.
`

// exportTimeout takes the place of the default times of a read, which are for requests.
const exportTimeout = 24 * time.Hour

// A job is one export, as the command line says.
type job struct {
	table    string
	query    dbcontents.Query
	format   dbcontents.Format
	file     string // empty for the standard output
	parallel int    // connections that read
}

// export writes the contents of one table.
func export(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	j, err := parseExport(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err := io.WriteString(stdout, exportHelp)
		return err
	}
	if err != nil {
		return err
	}
	_, store, err := open(environ, func(_ *settings, c *dbcontents.Config) {
		c.Tables = append([]string{j.table}, c.Tables...) // the first is the default table
		c.MaxRows, c.MaxCost = 0, 0
		vars := env.ToMap(environ)
		if j.parallel > 1 && vars["DBCONTENTS_POOL_SIZE"] == "" {
			c.PoolSize = j.parallel + 1
		}
		if vars["DBCONTENTS_QUERY_TIMEOUT"] == "" {
			c.QueryTimeout = exportTimeout
		}
		if vars["DBCONTENTS_FIRST_ROW_TIMEOUT"] == "" { // it may have to sort everything first
			c.FirstRowTimeout = exportTimeout
		}
	})
	if err != nil {
		return err
	}
	defer store.Close()
	return j.failed(ctx, j.run(ctx, store, stdout, stderr))
}

// parseExport reads the command line. Flags may stand anywhere.
func parseExport(args []string) (job, error) {
	var j job
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format := flags.String("format", "", "")
	flags.StringVar(&j.file, "o", "", "")
	flags.IntVar(&j.parallel, "parallel", 1, "")
	var words []string
	for rest := args; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return j, err
		} else if err != nil { // it quotes the command line
			return j, misusedExport("export takes the flags -format, -o and -parallel, each with a value")
		}
		if flags.NArg() == 0 {
			break
		}
		words = append(words, flags.Arg(0))
	}
	if len(words) == 0 || words[0] == "" {
		return j, misusedExport("export needs the name of a table")
	}
	if j.parallel < 1 || j.parallel > mostParallel {
		return j, misusedExport("-parallel is %d; want 1 to %d", j.parallel, mostParallel)
	}
	j.table = words[0]
	if j.file == "-" {
		j.file = ""
	}
	if err := j.choose(*format); err != nil {
		return j, err
	}
	return j, j.parse(words[1:])
}

// choose finds the format, which may be empty.
func (j *job) choose(format string) error {
	byName := map[string]dbcontents.Format{"csv": dbcontents.CSV, "json": dbcontents.JSON, "ndjson": dbcontents.NDJSON, "text": dbcontents.Text}
	if format == "" {
		switch ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(j.file)), "."); ending {
		case "jsonl":
			format = "ndjson"
		case "txt":
			format = "text"
		case "json", "ndjson":
			format = ending
		default:
			format = "csv"
		}
	}
	var ok bool
	if j.format, ok = byName[format]; !ok {
		return misusedExport("there is no format %s; want csv, json, ndjson or text", confidential.Quote(format))
	}
	return nil
}

// parse reads the table and the filters.
func (j *job) parse(filters []string) error {
	values := url.Values{}
	for _, filter := range filters {
		name, value, ok := strings.Cut(filter, "=")
		if !ok || name == "" {
			return misusedExport("%s is no filter; want NAME=OPERATOR.VALUE, such as total=gt.100, or select=, order= or limit=", confidential.Quote(filter))
		}
		if name == "format" && value != "" && !strings.Contains(value, ".") {
			return misusedExport("format= is for URLs; use -format")
		}
		values.Add(name, value)
	}
	// The name is checked by itself, as otherwise a variable would be blamed for it.
	store, err := dbcontents.Open(dbcontents.Config{ConnString: "host=localhost", Tables: []string{j.table}})
	for _, leaf := range leaves(err) {
		if text, ok := strings.CutPrefix(leaf.Error(), "Tables: "); ok {
			return misusedExport("TABLE: %s", text)
		}
	}
	if err == nil {
		store.Close()
	}
	if j.query, err = httpapi.ParseQuery(j.table, values); err != nil {
		var e *dbcontents.Error
		errors.As(err, &e)
		return &failure{code: exitUsage, err: errors.New(e.Message), hint: e.Hint}
	}
	j.query.Table, j.query.Format = "", j.format
	return nil
}

// run reads and writes.
func (j *job) run(ctx context.Context, store *dbcontents.Store, stdout, stderr io.Writer) error {
	shows := isTerminal(stderr) && (j.file != "" || !isTerminal(stdout))
	if j.parallel > 1 {
		return j.runParallel(ctx, store, stdout, stderr, shows)
	}
	q := j.query
	if shows && q.After == "" {
		q.Count = dbcontents.CountPlanned
	}
	if shows {
		io.WriteString(stderr, "waiting for the first row ...")
	}
	rows, err := store.Query(ctx, q)
	if shows {
		io.WriteString(stderr, eraseLine)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	out, err := createOutput(j.file, stdout)
	if err != nil {
		return err
	}
	var w io.Writer = out
	if shows {
		p := newProgress(stderr)
		defer func() { p.end(err == nil) }()
		w = p.of(out, rows, expected(rows, q))
	}
	_, err = rows.WriteTo(w)
	err = out.finish(err)
	return err
}

// expected is how many rows there will be, by the estimate of the planner; 0 if it is not known.
func expected(rows *dbcontents.Rows, q dbcontents.Query) int64 {
	total, known := rows.Total()
	if !known {
		return 0
	}
	total = max(total-q.Offset, 0)
	if q.Limit != 0 {
		total = min(total, max(q.Limit, 0))
	}
	return min(total, math.MaxInt64/100)
}

// failed is the error for people, with the exit code that it needs.
func (j *job) failed(ctx context.Context, err error) error {
	var e *dbcontents.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		f := &failure{code: exitFailure, err: errors.New("the export was interrupted"), hint: "what the standard output has got is not the whole"}
		if j.file != "" {
			f.hint = j.file + " was not written"
		}
		return f
	case !errors.As(err, &e):
		return err
	case errors.Is(err, dbcontents.ErrNoTable):
		return &failure{code: exitUsage, err: err, hint: "see to the name of the table, which is case-sensitive, and to its schema: schema.table, or DBCONTENTS_SCHEMAS"}
	case errors.Is(err, dbcontents.ErrInvalid):
		return &failure{code: exitUsage, err: err, hint: e.Hint}
	}
	return err
}

// misusedExport is the error for a command line of export that means nothing.
func misusedExport(format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...), hint: "server export -h says how it is used"}
}
