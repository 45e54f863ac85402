package compile

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// lookUp is a table of the database as the catalog knows it.
func lookUp(t *testing.T, db *pgtest.DB, name string) *catalog.Table {
	t.Helper()
	c := catalog.New(catalog.Exposure{Schemas: []string{"public"}, Tables: []catalog.Name{{Name: name}}}, func(*catalog.Table) {})
	_, table, err := c.Resolve(t.Context(), asker{db.Conn().PgConn()}, "", name, catalog.Fresh)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// An asker makes look-ups on one connection.
type asker struct{ pg *pgconn.PgConn }

func (a asker) Ask(_ context.Context, look func(catalog.Exchange) error) error {
	return look(func(statements []wire.Statement, receive func(f *wire.Flight, first int) error) (more bool, err error) {
		f := wire.Flight{Statements: statements}
		if err = f.Send(a.pg, false); err == nil {
			err = receive(&f, 0)
		}
		return f.Drain(), err
	})
}

func (asker) AsOf() time.Time { return time.Time{} }
func (asker) PerCaller() bool { return false }
func (asker) Probed() error   { return nil }
