package dbcontents

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// configuredTables are the tables that are known without asking: the default one first.
func (c *checkup) configuredTables() []catalog.Name {
	if c.store == nil {
		return nil
	}
	x := &c.store.catalog.Exposure
	if len(x.Tables) == 0 {
		return []catalog.Name{x.DefaultTable()}
	}
	return x.Tables
}

func (c *checkup) isDefault(name catalog.Name) bool {
	d := c.store.catalog.Exposure.DefaultTable()
	return name == d || d.Schema == "" && name.Name == d.Name
}

// tables reads one row of each table. It goes on when a table cannot be read,
// and stops when the database cannot be used any more.
func (c *checkup) tables(ctx context.Context) bool {
	names := c.configuredTables()
	if c.store.catalog.Exposure.All {
		var found []catalog.Name
		err := c.within(ctx, tableLimit, "first_row_timeout", "", func(ctx context.Context) (err error) {
			found, err = c.found(ctx, c.store.config.FirstRowTimeout)
			return err
		})
		if err != nil {
			c.fail("table "+names[0].String(), err)
			return false
		}
		if names = c.withFound(found); len(names) == 0 {
			names = c.configuredTables() // to say that it is not there
		}
	}
	for _, name := range names {
		if time.Until(c.deadline) <= 0 {
			return false
		}
		reader, err := c.look(ctx, name, tableLimit)
		if !c.add(name, reader, err) || ctx.Err() != nil {
			return false
		}
		if err == nil && reader != nil {
			c.rowSecurity(ctx, reader, name)
		}
	}
	return true
}

// maxReaders bounds how many of Config.Roles are tried for a table that the connecting
// role may not read.
const maxReaders = 10

// readersOf are the Stores by which a table may be readable: of the role that connects, and of Config.Roles.
func readersOf(s *Store) []*Store {
	list := []*Store{s}
	for _, role := range s.config.Roles[:min(maxReaders, len(s.config.Roles))] {
		list = append(list, s.As(Session{Role: role}))
	}
	return list
}

// roles reports those of Config.Roles that cannot be taken. It reports whether the
// database can be used.
func (c *checkup) roles(ctx context.Context) bool {
	for _, s := range c.readers[1:] {
		err := c.within(ctx, tableLimit, "first_row_timeout", "", s.Ping)
		if err == nil {
			continue
		}
		c.fail("role "+s.session.Role, err).beside = true
		if ofDatabase(err) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// found are the tables that Config.AllTables exposes to any of the readers.
func (c *checkup) found(ctx context.Context, limit time.Duration) (found []catalog.Name, err error) {
	for _, s := range c.readers {
		names, failed := s.catalog.List(ctx, &storeAsker{s, "check", limit})
		if failed != nil && err == nil {
			err = classify("check", "", diagnosis.Naming, failed)
		}
		for _, n := range names {
			if !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
	}
	if len(found) > 0 {
		err = nil
	}
	return found, err
}

// look reads one row of a table, or none as a role of Config.Roles, whose policies may
// need settings. It returns the Store that has read it, nil if only a role that was not tried can.
func (c *checkup) look(ctx context.Context, name catalog.Name, limit time.Duration) (reader *Store, err error) {
	err = c.within(ctx, limit, "first_row_timeout", name.String(), func(ctx context.Context) error {
		var denied error // what the role that connects was told
		for _, s := range c.readers {
			rows := NoRows
			if s.session == nil {
				rows = 1
			}
			err := s.readSome(ctx, name, rows)
			switch {
			case err == nil:
				reader = s
				return nil
			case !errors.Is(err, ErrDenied) && !errors.Is(err, ErrNoTable):
				return err
			case s.session == nil:
				denied = err
			}
		}
		if len(c.store.config.Roles) > maxReaders {
			return nil // it may be for one of the others
		}
		return denied
	})
	return reader, err
}

// add reports a look at a table, and whether the database can be used.
func (c *checkup) add(name catalog.Name, reader *Store, err error) (usable bool) {
	step := "table " + name.String()
	if err == nil {
		detail := "readable"
		switch {
		case reader == nil:
			detail = "not readable by the first " + strconv.Itoa(maxReaders) + " roles; the others were not tried"
		case reader.session != nil:
			detail += " as role " + reader.session.Role
		}
		c.ok(step, detail)
		return true
	}
	c.fail(step, err).beside = !c.isDefault(name)
	return !ofDatabase(err)
}

// ofDatabase tells an error because of which no table can be read from one of the
// table alone, such as a materialized view that was never filled.
func ofDatabase(err error) bool {
	var e *Error
	return errors.Is(err, ErrUnavailable) &&
		!(errors.As(err, &e) && e.Op == "read" && e.SQLState != "" && e.Code != "database_starting")
}

// rowSecurity adds to the report of a table whether row-level security guards it. It is
// left out if it cannot be found out.
func (c *checkup) rowSecurity(ctx context.Context, reader *Store, name catalog.Name) {
	t := reader.Known(name.Schema, name.Name)
	if t == nil {
		return
	}
	c.within(ctx, tableLimit, "first_row_timeout", name.String(), func(ctx context.Context) error { //nolint:errcheck // what cannot be found out is left out
		words, err := reader.catalog.RowSecurity(ctx, &reader.asker, catalog.Name{Schema: t.Schema, Name: t.Name})
		if err == nil && words != "" {
			c.report.Steps[len(c.report.Steps)-1].Detail += "; row-level security: " + words
		}
		return err
	})
}

// withFound are the tables named and those found. A default table that nobody
// named is one of those found, or none.
func (c *checkup) withFound(found []catalog.Name) []catalog.Name {
	named := c.store.catalog.Exposure.Tables
	all := slices.Clone(named)
	for _, n := range found {
		if !slices.Contains(named, n) && !slices.Contains(named, catalog.Name{Name: n.Name}) {
			all = append(all, n)
		}
	}
	return all
}

func (s *Store) readSome(ctx context.Context, name catalog.Name, limit int64) error {
	rows, err := s.Query(ctx, Query{Schema: name.Schema, Table: name.Name, Limit: limit})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}
