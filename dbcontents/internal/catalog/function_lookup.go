package catalog

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// functionsSQL lists functions, a row for each column of their results. $1 are schemas, $2
// names, and $3 the names that are asked for. Of the others there is one row, and only if
// they can be called. Operators and functions are as in lookupSQL.
//
// What can be called claims to change nothing, takes arguments by name of types that can be
// named, and has a result whose columns are known before it runs.
var functionsSQL = `
WITH fn AS (
  SELECT p.oid, n.nspname, p.proname, p.proretset, p.prosecdef, p.provariadic <> 0::oid AS variadic, p.pronargdefaults::int4 AS optional, arg.*,
    r.oid AS result, r.typtype, r.typrelid, p.prorettype,
    p.prokind = 'f'::"char" AND p.provolatile = ANY ('{i,s}'::"char"[]) AND arg.nameable AND NOT arg.pseudo
      AND (r.typtype <> 'p'::"char" OR r.oid = 2249::oid AND arg.outs > 1::int8)
      AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS callable
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  CROSS JOIN LATERAL (SELECT p.prorettype AS atttypid) a
  JOIN LATERAL ` + baseTypeSQL + ` r ON true
  CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.array_agg(u.name ORDER BY u.i) FILTER (WHERE u.mode <> ALL ('{o,t}'::text[])), '{}'::text[]) AS names,
      coalesce(pg_catalog.array_agg(u.sql ORDER BY u.i) FILTER (WHERE u.mode <> ALL ('{o,t}'::text[])), '{}'::text[]) AS types,
      coalesce(pg_catalog.array_agg(` + typeNameSQL("u.type", "NULL::int4") + ` ORDER BY u.i) FILTER (WHERE u.mode <> ALL ('{o,t}'::text[])), '{}'::text[]) AS shown,
      coalesce(pg_catalog.array_agg(u.type ORDER BY u.i) FILTER (WHERE u.mode <> ALL ('{o,t}'::text[])), '{}'::oid[]) AS declared,
      coalesce(pg_catalog.bool_and(u.name <> ''::text AND u.typtype <> 'p'::"char" AND pg_catalog.has_schema_privilege(u.typnamespace, 'USAGE'))
        FILTER (WHERE u.mode <> ALL ('{o,t}'::text[])), true) AS nameable,
      pg_catalog.array_agg(u.name ORDER BY u.i) FILTER (WHERE u.mode = ANY ('{o,b,t}'::text[])) AS out_names,
      pg_catalog.array_agg(u.type ORDER BY u.i) FILTER (WHERE u.mode = ANY ('{o,b,t}'::text[])) AS out_types,
      coalesce(pg_catalog.bool_or(u.typtype = 'p'::"char" AND u.type <> 2249::oid) FILTER (WHERE u.mode = ANY ('{o,b,t}'::text[])), false) AS pseudo,
      pg_catalog.count(*) FILTER (WHERE u.mode = ANY ('{o,b,t}'::text[])) AS outs
    FROM (
      SELECT u.type, u.i, t.typtype, t.typnamespace, pg_catalog.format('%I.%I', s.nspname, t.typname) AS sql,
        coalesce(p.proargnames[u.i::int4], ''::text) AS name, coalesce(p.proargmodes[u.i::int4]::text, 'i'::text) AS mode
      FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u(type, i)
      JOIN pg_catalog.pg_type t ON t.oid = u.type JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
    ) u
  ) arg
  WHERE n.nspname = ANY ($1::text[]::name[]) AND p.proname = ANY ($2::text[]::name[])
), item AS (
  SELECT fn.oid AS fn, u.i::int2 AS attnum, coalesce(nullif(fn.out_names[u.i::int4], ''::text), 'column'::text || u.i::text) AS attname,
    u.type AS atttypid, -1 AS atttypmod, NULL::text AS comment, NULL::text AS function
  FROM fn CROSS JOIN LATERAL pg_catalog.unnest(fn.out_types) WITH ORDINALITY u(type, i)
  WHERE fn.callable AND fn.proname = ANY ($3::text[]::name[]) AND fn.outs > 1::int8
  UNION ALL
  SELECT fn.oid, a.attnum, a.attname::text, a.atttypid, a.atttypmod, pg_catalog.col_description(a.attrelid, a.attnum::int4), NULL::text
  FROM fn JOIN pg_catalog.pg_attribute a ON a.attrelid = fn.typrelid AND a.attnum > 0::int2 AND NOT a.attisdropped
  WHERE fn.callable AND fn.proname = ANY ($3::text[]::name[]) AND fn.outs < 2::int8 AND fn.typtype = 'c'::"char"
  UNION ALL
  SELECT fn.oid, 1::int2, coalesce(nullif(fn.out_names[1], ''::text), fn.proname::text), fn.prorettype, -1, NULL::text, NULL::text
  FROM fn WHERE fn.callable AND fn.proname = ANY ($3::text[]::name[]) AND fn.outs < 2::int8 AND fn.typtype <> 'c'::"char"
  UNION ALL
  SELECT fn.oid, 32767::int2, p.proname::text, p.prorettype, -1, pg_catalog.obj_description(p.oid, 'pg_proc'), pg_catalog.format('%I.%I', n.nspname, p.proname)
  FROM fn JOIN pg_catalog.pg_class c ON c.oid = fn.typrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proargtypes[0] = fn.result
    AND p.pronargs = 1::int2 AND p.prokind = 'f'::"char" AND NOT p.proretset
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  WHERE fn.callable AND fn.proname = ANY ($3::text[]::name[]) AND fn.outs < 2::int8 AND fn.typtype = 'c'::"char" AND c.relkind <> 'c'::"char"
), form AS (` + formSQL + `)
SELECT fn.oid, fn.nspname::text, fn.proname::text, coalesce(pg_catalog.obj_description(fn.oid, 'pg_proc'), ''), fn.callable, fn.proretset, fn.prosecdef,
  fn.typtype <> 'c'::"char" AND fn.outs = 0::int8, coalesce(n.nspname::text, ''), coalesce(c.relname::text, ''),
  fn.names, fn.types, fn.shown, fn.declared, fn.optional, fn.variadic,
  a.attname, ` + typeNameSQL("a.atttypid", "a.atttypmod") + `, coalesce(a.comment, ''), t.oid, a.atttypid, ` + convertsSQL + `,
  coalesce(a.function, ''), coalesce(j.function, ''), coalesce(x.function, ''),` + comparisonSQL + `
FROM fn
LEFT JOIN item a ON a.fn = fn.oid
LEFT JOIN pg_catalog.pg_class c ON c.oid = fn.typrelid AND c.relkind <> 'c'::"char" AND fn.outs < 2::int8
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL ` + baseTypeSQL + ` t ON true
LEFT JOIN form j ON j.castsource = a.atttypid AND j.casttarget = 114::oid AND a.atttypid <> t.oid
LEFT JOIN form x ON x.castsource = 25::oid AND x.casttarget = a.atttypid AND a.atttypid <> t.oid
WHERE fn.callable OR fn.proname = ANY ($3::text[]::name[])
ORDER BY pg_catalog.array_position($1::text[], fn.nspname::text), fn.proname, fn.oid, a.attnum, a.attname`

// functionsStatement is the look-up of the functions of the given names.
func (x *Exposure) functionsStatement(asked ...string) wire.Statement {
	var names []string
	for _, f := range x.Functions {
		names = append(names, f.Name)
	}
	return wire.Statement{
		SQL:    functionsSQL,
		Params: [][]byte{wire.TextArray(x.functionSchemas()), wire.TextArray(names), wire.TextArray(asked)},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}
}

// lookupFunctions reads the functions of e's name.
func (c *Catalog) lookupFunctions(ctx context.Context, a Asker, e *Entry) (functions []*Table, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		c.Lookups.Add(1)
		asked := time.Now()
		if !a.AsOf().IsZero() {
			asked = time.Time{}
		}
		more, err := exchange([]wire.Statement{e.statement()}, func(f *wire.Flight, first int) (err error) {
			functions, err = e.receive(f, first, asked)
			return err
		})
		if err == nil && more {
			err = giveOperators(exchange, functions)
		}
		return err
	})
	return functions, err
}

// receiveFunctions takes the result of functionsSQL from statement n of a flight: the functions
// of the given names, and the names of all that can be called.
func (x *Exposure) receiveFunctions(f *wire.Flight, n int, asked ...string) (functions []*Table, names []Name, err error) {
	l := functionList{exposure: x, asked: asked}
	if err := f.ScanEach(n, l.add); err != nil {
		return nil, nil, err
	}
	for _, t := range l.functions {
		t.sign()
	}
	return l.functions, l.names, nil
}

// functionList puts the rows of functionsSQL together.
type functionList struct {
	exposure  *Exposure
	asked     []string
	functions []*Table
	names     []Name
	last      uint32 // the function of the last row
}

func (l *functionList) add(scan func(dest ...any) error) error {
	var (
		t                   Table
		call                Call
		c                   Column
		id, oid, declared   pgtype.Uint32
		oids                []uint32
		callable            *bool
		names, types, shown []string
		optional            int32
		variadic            bool
		column, typ         *string
		isJSON              *bool
		kind                *TypeKind
		row                 *string
	)
	err := scan(&id, &t.Schema, &t.Name, &t.Comment, &callable, &call.Set, &call.Definer, &call.Scalar, &call.Row.Schema, &call.Row.Name,
		&names, &types, &shown, &oids, &optional, &variadic,
		&column, &typ, &c.Comment, &oid, &declared, &isJSON, &c.Function, &c.ToJSON, &c.FromText, &kind, &row)
	if err != nil || !l.exposure.calls(t.Schema, t.Name) {
		return err
	}
	call.hidden = callable == nil || !*callable
	if id.Uint32 != l.last {
		l.last = id.Uint32
		if !call.hidden && !slices.Contains(l.names, Name{t.Schema, t.Name}) {
			l.names = append(l.names, Name{t.Schema, t.Name})
		}
		if !slices.Contains(l.asked, t.Name) {
			return nil
		}
		if min(len(types), len(shown), len(oids)) < len(names) {
			return unexpected("parameters without types")
		}
		for i, name := range names {
			p := Param{Name: name, SQL: types[i], Type: ValidUTF8(shown[i]), Declared: oids[i], Optional: i >= len(names)-int(optional), Variadic: variadic && i == len(names)-1}
			call.Params = append(call.Params, p)
			call.hidden = call.hidden || !utf8.ValidString(p.Name) || !utf8.ValidString(p.SQL)
		}
		t.Comment, t.Kind, t.full, t.memo, t.Call = ValidUTF8(t.Comment), "function", t.Schema+"."+t.Name+"()", newMemo(), &call
		t.usage, t.grant = true, true
		l.functions = append(l.functions, &t)
	}
	if !slices.Contains(l.asked, t.Name) || column == nil || !utf8.ValidString(*column) {
		return nil
	}
	if len(l.functions) == 0 || typ == nil || kind == nil || row == nil {
		return unexpected("a column without a function or a type")
	}
	into := &l.functions[len(l.functions)-1].Columns
	if c.Function != "" {
		into = &l.functions[len(l.functions)-1].Computed
	}
	c.Name, c.Type, c.Comment, c.OID, c.IsJSON = *column, ValidUTF8(*typ), ValidUTF8(c.Comment), oid.Uint32, isJSON != nil && *isJSON
	c.Declared = declared.Uint32
	c.Comparison = Comparison{Kind: *kind, Row: *row}
	c.dropUnwritable()
	*into = append(*into, c)
	return nil
}
