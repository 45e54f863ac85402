package dbcontents

import (
	"context"
	"errors"
	"slices"
	"time"
)

// named are the tables that are known without asking: the default one first.
func (c *checkup) named() []tableName {
	if c.store == nil {
		return nil
	}
	x := &c.store.catalog.exposure
	if len(x.tables) == 0 {
		return []tableName{x.defaultTable()}
	}
	return x.tables
}

func (c *checkup) isDefault(name tableName) bool {
	d := c.store.catalog.exposure.defaultTable()
	return name == d || d.schema == "" && name.name == d.name
}

// tables reads one row of each table. It goes on when a table cannot be read,
// and stops when the database cannot be used any more.
func (c *checkup) tables(ctx context.Context) bool {
	names := c.named()
	if c.store.catalog.exposure.all {
		tables, err := c.store.Tables(ctx)
		if err != nil {
			c.fail("table "+names[0].String(), err)
			return false
		}
		if names = c.withFound(tables); len(names) == 0 {
			names = c.named() // to say that it is not there
		}
	}
	for _, name := range names {
		if time.Until(c.deadline) <= 0 {
			return false
		}
		step := "table " + name.String()
		err := c.within(ctx, tableLimit, "first_row_timeout", name.String(), func(ctx context.Context) error {
			return c.store.readOne(ctx, name)
		})
		if err == nil {
			c.ok(step, "readable")
			continue
		}
		c.fail(step, err).beside = !c.isDefault(name)
		if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// withFound are the tables named and those found. A default table that nobody
// named is one of those found, or none.
func (c *checkup) withFound(tables []*Table) []tableName {
	named := c.store.catalog.exposure.tables
	all := slices.Clone(named)
	for _, t := range tables {
		n := tableName{t.Schema, t.Name}
		if !slices.Contains(named, n) && !slices.Contains(named, tableName{name: t.Name}) {
			all = append(all, n)
		}
	}
	return all
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
