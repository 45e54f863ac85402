package catalog

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A connAsker makes look-ups on one connection.
type connAsker struct {
	conn      *pgx.Conn
	flights   int
	asOf      time.Time
	perCaller bool
	before    func() // called before a flight
}

func (a *connAsker) AsOf() time.Time { return a.asOf }
func (a *connAsker) PerCaller() bool { return a.perCaller }
func (a *connAsker) Probed() error   { return nil }

func (a *connAsker) Ask(ctx context.Context, look func(Exchange) error) error {
	return look(func(statements []wire.Statement, receive func(f *wire.Flight, first int) error) (more bool, err error) {
		a.flights++
		if a.before != nil {
			a.before()
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		f := wire.Flight{Statements: statements}
		if err := f.Send(a.conn.PgConn(), false); err != nil {
			return false, err
		}
		err = receive(&f, 0)
		return f.Drain(), err
	})
}

// A relatedDatabase answers for the relationships in a database.
type relatedDatabase struct {
	t     *testing.T
	db    *pgtest.DB
	asker *connAsker
	c     Catalog
}

// all exposes whatever may be read in the schema api.
var all = Exposure{Schemas: []string{"api"}, All: true}

func newRelatedDatabase(t *testing.T, x Exposure, sql ...string) *relatedDatabase {
	t.Helper()
	db := pgtest.New(t, append([]string{"CREATE SCHEMA api; CREATE SCHEMA private"}, sql...)...)
	return &relatedDatabase{t, db, &connAsker{conn: db.Conn()}, *New(x, func(*Table) {})}
}

// related are the relationships of a table, one a line.
func (d *relatedDatabase) related(table string) []*Relationship {
	d.t.Helper()
	e, t, err := d.c.Resolve(d.t.Context(), d.asker, "api", table, Forever)
	if err != nil {
		d.t.Fatal(err)
	}
	rels, err := d.c.Relationships(d.t.Context(), d.asker, e, t, Absent, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return rels
}

// has fails unless the relationships of a table are those of want, one a line as line writes it.
func (d *relatedDatabase) has(table, want string) {
	d.t.Helper()
	var got []string
	for _, r := range d.related(table) {
		got = append(got, line(r))
	}
	var lines []string
	for l := range strings.Lines(want) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	slices.Sort(got)
	slices.Sort(lines)
	if diff := cmp.Diff(lines, got); diff != "" {
		d.t.Errorf("the relationships of %s (-want +got):\n%s", table, diff)
	}
}

// line writes a relationship as "many-to-one target[view] constraint a=b".
func line(r *Relationship) string {
	var b strings.Builder
	b.WriteString(string(r.Cardinality) + " " + r.Target.Name)
	if r.View {
		b.WriteString("[view]")
	}
	columns := func(pairs [][2]string) {
		for _, p := range pairs {
			b.WriteString(" " + p[0] + "=" + p[1])
		}
	}
	switch j := r.Junction; {
	case r.Function != "":
		b.WriteString(" by " + r.Function)
	case j != nil:
		b.WriteString(" through " + j.String() + ": " + j.SourceConstraint)
		columns(j.SourcePairs)
		b.WriteString(", " + j.TargetConstraint)
		columns(j.TargetPairs)
	default:
		b.WriteString(" " + r.Constraint)
		columns(r.Pairs)
		if r.Inverse {
			b.WriteString(" inverse")
		}
	}
	return b.String()
}

func TestForeignKeys(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.clients (id int PRIMARY KEY);
		CREATE TABLE api.projects (id int PRIMARY KEY, client_id int CONSTRAINT of_client REFERENCES api.clients);
		CREATE TABLE api.profiles (client_id int PRIMARY KEY CONSTRAINT about REFERENCES api.clients);
		CREATE TABLE api.alone (id int)`)
	d.has("clients", `
		one-to-many projects of_client id=client_id inverse
		one-to-one profiles about id=client_id inverse`)
	d.has("projects", "many-to-one clients of_client client_id=id")
	d.has("profiles", "one-to-one clients about client_id=id")
	d.has("alone", "")
}

// flightOf sends statements to the database.
func flightOf(t *testing.T, d *relatedDatabase, statements []wire.Statement) *wire.Flight {
	t.Helper()
	f := &wire.Flight{Statements: statements}
	if err := f.Send(d.asker.conn.PgConn(), false); err != nil {
		t.Fatal(err)
	}
	return f
}
