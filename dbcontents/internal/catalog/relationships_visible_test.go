package catalog

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const visibleTables = `
	CREATE SCHEMA other;
	CREATE TABLE api.orders (id int PRIMARY KEY);
	CREATE TABLE api.open (id int PRIMARY KEY, o int CONSTRAINT open_o REFERENCES api.orders);
	CREATE TABLE api.closed (id int PRIMARY KEY, o int CONSTRAINT closed_o REFERENCES api.orders);
	CREATE TABLE api.link (o int CONSTRAINT link_o REFERENCES api.orders, p int CONSTRAINT link_p REFERENCES api.open, PRIMARY KEY (o, p));
	CREATE TABLE other.link (o int CONSTRAINT ol_o REFERENCES api.orders, p int CONSTRAINT ol_p REFERENCES api.open, PRIMARY KEY (o, p));
	CREATE TABLE other.items (o int CONSTRAINT item_o REFERENCES api.orders);
	CREATE FUNCTION api.open(api.orders) RETURNS SETOF api.closed LANGUAGE sql STABLE AS $$SELECT * FROM api.closed$$`

// as lets a role ask, with these grants.
func (d *relatedDatabase) as(grants ...string) {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.db.Role("", grants...))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close(d.t.Context()) })
	d.asker.conn = conn
}

const visibleOpen, visibleClosed, visibleLink = "one-to-many open open_o id=o inverse\n", "one-to-many closed closed_o id=o inverse\n", "one-to-many link link_o id=o inverse\n"

// What is not exposed, not granted or, unless it is exposed by name, not readable does not exist.
func TestVisibleRelationships(t *testing.T) {
	t.Parallel()
	name := func(schema, name string) Name { return Name{schema, name} }
	const computed = "one-to-many closed by api.open\n"
	const m2m, otherM2M = "many-to-many open through api.link: link_o o=id, link_p p=id\n", "many-to-many open through other.link: ol_o o=id, ol_p p=id\n"
	for reason, c := range map[string]struct {
		x      Exposure
		grants []string // of a role, nil for the superuser
		only   []string // tables of the schema api that the caller is allowed, nil for all
		want   string
	}{
		"all": {all, nil, nil, computed + visibleClosed + visibleLink}, // what the function named open replaces is missing
		"some by name": {
			Exposure{Schemas: []string{"api"}, Tables: []Name{name("", "orders"), name("", "open"), name("", "link")}},
			nil, nil, visibleOpen + visibleLink + m2m,
		},
		"a private junction": {
			Exposure{Schemas: []string{"api"}, Tables: []Name{name("", "orders"), name("", "open")}},
			nil, nil, visibleOpen,
		},
		"a junction elsewhere": {
			Exposure{Schemas: []string{"api", "other"}, Tables: []Name{name("api", "orders"), name("api", "open"), name("other", "link")}},
			nil, nil, visibleOpen + otherM2M,
		},
		"a private namesake of the junction": {
			Exposure{Schemas: []string{"api"}, Tables: []Name{name("api", "orders"), name("api", "open"), name("other", "links")}},
			nil, nil, visibleOpen,
		},
		"all that the role may read": {
			all,
			[]string{"GRANT USAGE ON SCHEMA api TO ROLE", "GRANT SELECT ON api.orders TO ROLE", "GRANT SELECT (o) ON api.open TO ROLE"},
			nil, visibleOpen,
		},
		"by name what the role may not read": {
			Exposure{Schemas: []string{"api"}, Tables: []Name{name("", "orders"), name("", "closed")}},
			[]string{"GRANT USAGE ON SCHEMA api TO ROLE", "GRANT SELECT ON api.orders TO ROLE", "REVOKE EXECUTE ON FUNCTION api.open(api.orders) FROM public"},
			nil, visibleClosed,
		},
		"what the caller is allowed":       {all, nil, []string{"orders", "open"}, visibleOpen},
		"with a junction":                  {all, nil, []string{"orders", "open", "link"}, visibleOpen + visibleLink + m2m},
		"of a function that leads further": {all, nil, []string{"orders", "open", "closed"}, computed + visibleClosed},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			d := newRelatedDatabase(t, c.x, visibleTables)
			if c.grants != nil {
				d.as(c.grants...)
			}
			if c.only != nil {
				d.c = d.c.For(Caller{Grants: func(schema, name string) bool {
					for _, allowed := range c.only {
						if schema == "api" && name == allowed {
							return true
						}
					}
					return false
				}})
			}
			d.has("orders", c.want)
		})
	}
}

// Nothing on the search_path takes the place of what the look-up calls.
func TestRelationshipsIgnoreTheSearchPath(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, viewed, `
		CREATE VIEW api.clients AS SELECT id FROM private.clients;
		CREATE VIEW api.projects AS SELECT client FROM private.projects;
		CREATE FUNCTION private.boom(anyelement, anyelement) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'boom'; END$$;
		CREATE FUNCTION private.boom(anyarray, anyelement) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'boom'; END$$;
		CREATE FUNCTION private.boom(int, int) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'boom'; END$$;
		CREATE OPERATOR private.= (FUNCTION = private.boom, LEFTARG = anyelement, RIGHTARG = anyelement);
		CREATE OPERATOR private.<> (FUNCTION = private.boom, LEFTARG = anyelement, RIGHTARG = anyelement);
		CREATE OPERATOR private.> (FUNCTION = private.boom, LEFTARG = anyelement, RIGHTARG = anyelement);
		CREATE FUNCTION private.unnest(int2[]) RETURNS SETOF int2 LANGUAGE plpgsql AS $$BEGIN RAISE 'boom'; END$$;
		CREATE FUNCTION private.format(text, variadic "any") RETURNS text LANGUAGE internal AS 'text_format';
		CREATE TABLE private.pg_class (oid oid)`)
	if _, err := d.asker.conn.Exec(t.Context(), "SET search_path = private, pg_catalog"); err != nil {
		t.Fatal(err)
	}
	d.has("clients", "one-to-many projects[view] of_client id=client inverse")
}

// Relationships are remembered with their table, and a refresh brings the new ones along.
func TestRelationshipsAreRemembered(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `CREATE TABLE api.a (id int PRIMARY KEY); CREATE TABLE api.b (a int CONSTRAINT b_a REFERENCES api.a)`)
	ctx := t.Context()
	e, table, err := d.c.Resolve(ctx, d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	_, _, before := d.c.Size()
	has := func(reason string, e *Entry, table *Table, maxAge time.Duration, want, flights int) {
		t.Helper()
		d.asker.flights = 0
		rels, err := d.c.Relationships(ctx, d.asker, e, table, maxAge)
		if err != nil || len(rels) != want || d.asker.flights != flights {
			t.Errorf("%s: got %d relationships, %v, after %d flights, want %d after %d", reason, len(rels), err, d.asker.flights, want, flights)
		}
	}
	has("at first", e, table, Forever, 1, 1)
	has("again", e, table, Forever, 1, 0)
	has("of a narrowed table", e, table.Only([]string{"id"}), Forever, 1, 0)
	has("within 5 s", e, table, Fresh, 1, 0)
	if _, _, after := d.c.Size(); after <= before {
		t.Errorf("%d bytes are remembered after the relationships, %d before", after, before)
	}
	d.db.Exec("CREATE TABLE api.c (a int CONSTRAINT c_a REFERENCES api.a)")
	has("before anybody has asked", e, table, Forever, 1, 0)
	has("at no age", e, table, 0, 2, 1)

	d.asker.perCaller = true
	has("for one caller alone", e, table, Forever, 2, 1)
	d.asker.perCaller = false
	d.db.Exec("CREATE TABLE api.d (a int CONSTRAINT d_a REFERENCES api.a)")
	d.asker.asOf = time.Now()
	has("what is remembered, in a snapshot", e, table, Forever, 2, 0)
	has("what a snapshot sees", e, table, 0, 3, 1)
	d.asker.asOf = time.Time{}
	has("after a snapshot", e, table, Forever, 2, 0)

	r := e.Refresh(table)
	r.asked = time.Now()
	f := flightOf(t, d, r.Append(nil))
	r.Take(f)
	if !f.Drain() || f.Err() != nil {
		t.Fatal(f.Err())
	}
	has("after a refresh", e, table, Forever, 3, 0)

	e.Drop(table)
	has("of a table that was dropped", e, table, Forever, 3, 1)
	has("of a table that was dropped, again", e, table, Forever, 3, 1)
	e, table, err = d.c.Resolve(ctx, d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	has("of the table as it is", e, table, Forever, 3, 1)
	has("of the table as it is, again", e, table, Forever, 3, 0)
	d.db.Exec("ALTER TABLE api.a ADD n int")
	r = e.Refresh(table)
	r.asked = time.Now()
	f = flightOf(t, d, r.Append(nil))
	r.Take(f)
	if !f.Drain() || f.Err() != nil {
		t.Fatal(f.Err())
	}
	_, now := d.c.Known("api", "a")
	if now == table {
		t.Error("the refresh has not found the new column")
	}
	has("of the new table", e, now, Forever, 3, 0)
}
