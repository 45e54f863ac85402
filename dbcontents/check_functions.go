package dbcontents

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// functions looks at the functions that are exposed, without a call of any. It goes on when one cannot
// be called, and reports whether the database can be used.
func (c *checkup) functions(ctx context.Context) bool {
	for _, name := range c.store.catalog.Exposure.Functions {
		if time.Until(c.deadline) <= 0 {
			return false
		}
		var detail string
		err := c.within(ctx, tableLimit, "first_row_timeout", name.String(), func(ctx context.Context) (err error) {
			detail, err = c.lookAtFunction(ctx, name)
			return err
		})
		if err == nil {
			c.ok("function "+name.String(), detail)
			continue
		}
		c.fail("function "+name.String(), err).beside = true
		if ofDatabase(err) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// lookAtFunction says what the first reader that can call a function finds, or why none can.
func (c *checkup) lookAtFunction(ctx context.Context, name catalog.Name) (detail string, err error) {
	for _, s := range c.readers {
		e, all, err := s.catalog.Functions(ctx, &s.asker, name.Schema, name.Name, catalog.Absent)
		switch {
		case err == nil && e != nil:
			return callableAs(s, all.Overloads()), nil
		case err != nil && s.session == nil:
			return "", classify("check", name.String(), diagnosis.Naming, err)
		}
	}
	words, err := c.store.catalog.WhyNotCalled(ctx, &c.store.asker, name)
	if err != nil {
		return "", classify("check", name.String(), diagnosis.Naming, err)
	}
	return "", newError("check", name.String(), "function_missing", words, errors.New(words))
}

func callableAs(s *Store, overloads []*catalog.Table) (detail string) {
	detail = "callable"
	if s.session != nil {
		detail += " as role " + s.session.Role
	}
	if n := len(overloads); n > 1 {
		detail += ", " + strconv.Itoa(n) + " functions of this name"
	}
	for _, o := range overloads {
		if o.Call.Definer {
			return detail + "; SECURITY DEFINER: it reads as its owner, and row-level security of the caller does not apply"
		}
	}
	return detail
}
