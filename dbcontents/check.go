package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Report is what [Store.Check] found, layer by layer.
type Report struct {
	Steps []Step `json:"steps"`
}

// Step is one layer on the way to the contents.
type Step struct {
	// Name is the layer: "connection", "server", or "table schema.name".
	Name string `json:"name"`
	// OK tells whether it works; then Detail says what was found, else what is wrong.
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	// Code and Hint are the diagnosis and its cure, empty if OK.
	Code string `json:"code,omitempty"`
	Hint string `json:"hint,omitempty"`
	// Err is the error itself, nil if OK.
	Err error `json:"-"`
}

// Err is the first thing that keeps the default table from being read: the
// connection, the server, or that table. Other tables may be broken beside it.
func (r Report) Err() error {
	for i, s := range r.Steps {
		if i < contentSteps && s.Err != nil {
			return s.Err
		}
	}
	return nil
}

// contentSteps are the steps without which nothing can be served: connection,
// server, default table.
const contentSteps = 3

// Check walks the layers between the Store and the contents: a connection, the
// server and role, then each exposed table with one row read within the
// limits. It stops at the first layer without which nothing else can work.
func (s *Store) Check(ctx context.Context) Report {
	var report Report
	add := func(name, detail string, err error) bool {
		step := Step{Name: name, OK: err == nil, Detail: detail, Err: err}
		var e *Error
		if errors.As(err, &e) {
			step.Detail, step.Code, step.Hint = e.Error(), e.Code, e.Hint
		}
		report.Steps = append(report.Steps, step)
		return err == nil
	}
	if err := s.usable("check"); err != nil {
		add("connection", "", err)
		return report
	}
	if !add("connection", "connected to "+s.address(), s.Ping(ctx)) {
		return report
	}
	tables, err := s.Tables(ctx)
	if !add("server", s.serverDetail(ctx), err) {
		return report
	}
	for _, name := range s.checked(tables) {
		add("table "+name.String(), "readable", s.readOne(ctx, name))
	}
	return report
}

func (t tableName) String() string {
	if t.schema == "" {
		return t.name
	}
	return t.schema + "." + t.name
}

// checked are the tables to try: the default one first, those named, and, under
// AllTables, what there is.
func (s *Store) checked(tables []*Table) []tableName {
	x := &s.catalog.exposure
	names := slices.Clone(x.tables)
	if len(names) == 0 {
		names = append(names, x.defaultTable())
	}
	for _, t := range tables {
		n := tableName{t.Schema, t.Name}
		if !slices.Contains(names, n) && !slices.Contains(names, tableName{name: t.Name}) {
			names = append(names, n)
		}
	}
	return names
}

func (s *Store) readOne(ctx context.Context, name tableName) error {
	rows, err := s.Query(ctx, Query{Schema: name.schema, Table: name.name, Limit: 1})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}

func (s *Store) serverDetail(ctx context.Context) string {
	conn, err := s.acquire(ctx, "check", "")
	if err != nil {
		return ""
	}
	defer conn.Release()
	pg := conn.Conn().PgConn()
	config := conn.Conn().Config()
	return fmt.Sprintf("PostgreSQL %s, database %s, role %s", pg.ParameterStatus("server_version"), config.Database, config.User)
}

// Tables lists what is exposed, exists and may be read, sorted by schema (in
// the order of Config.Schemas) and name. It asks the database each time.
func (s *Store) Tables(ctx context.Context) ([]*Table, error) {
	if err := s.usable("tables"); err != nil {
		return nil, err
	}
	x := &s.catalog.exposure
	schemas := slices.Clone(x.schemas)
	var names []string
	for _, t := range x.tables {
		names = append(names, t.name)
		if t.schema != "" && !slices.Contains(schemas, t.schema) {
			schemas = append(schemas, t.schema)
		}
	}
	if x.all {
		names = nil
	}
	tables, err := s.lookup(ctx, schemas, names)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(tables, func(t *Table) bool { return !x.admits(t) || !t.readable() }), nil
}

// Table describes one exposed table; empty names mean what they mean in a [Query].
func (s *Store) Table(ctx context.Context, schema, name string) (*Table, error) {
	if err := s.usable("table"); err != nil {
		return nil, err
	}
	if err := (Query{Schema: schema, Table: name}).check(); err != nil {
		return nil, err
	}
	_, t, err := s.resolve(ctx, schema, name, fresh)
	return t, err
}

// Exposed are the names that may be read, as they were configured, the default
// table first, and whether there are more than these. It asks nobody.
func (s *Store) Exposed() (names []string, more bool) {
	if s == nil || s.catalog == nil {
		return nil, false
	}
	for _, t := range s.catalog.exposure.tables {
		names = append(names, t.String())
	}
	return names, s.catalog.exposure.all
}
