package catalog

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
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

// A name that no statement can hold has no relationships, and takes nothing from others.
func TestRelationshipsOfNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	db := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", `
		CREATE SCHEMA api; CREATE TABLE api.a (id int PRIMARY KEY, other int UNIQUE);
		CREATE TABLE api.b (a int CONSTRAINT fine REFERENCES api.a);
		DO $$ BEGIN
			EXECUTE convert_from('CREATE TABLE api.c\377 (a int CONSTRAINT of_table REFERENCES api.a)'::bytea, 'SQL_ASCII');
			EXECUTE convert_from('ALTER TABLE api.b ADD x\377 int CONSTRAINT of_column REFERENCES api.a'::bytea, 'SQL_ASCII');
			EXECUTE convert_from('ALTER TABLE api.b ADD z int CONSTRAINT y\377 REFERENCES api.a'::bytea, 'SQL_ASCII');
		END $$`)
	d := &relatedDatabase{t, db, &connAsker{conn: db.Conn()}, *New(all, func(*Table) {})}
	if _, err := d.asker.conn.Exec(t.Context(), "SET client_encoding = 'SQL_ASCII'"); err != nil {
		t.Fatal(err)
	}
	d.has("a", "one-to-many b fine id=a inverse")
	d.has("b", "many-to-one a fine a=id")
}
