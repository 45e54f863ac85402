package catalog

import "testing"

const viewed = `
	CREATE TABLE private.clients (id int PRIMARY KEY, name text);
	CREATE TABLE private.projects (id int PRIMARY KEY, client int CONSTRAINT of_client REFERENCES private.clients, name text)`

// A view shows keys however it is made, as long as columns are only passed on.
func TestViewsOfEverySort(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, viewed, `
		CREATE VIEW api.clients AS SELECT * FROM private.clients;
		CREATE VIEW api.plain AS SELECT name, id, client AS "theClient" FROM private.projects;
		CREATE VIEW api.subselect AS SELECT x.client FROM (SELECT client, id FROM (SELECT * FROM private.projects) y) x;
		CREATE VIEW api.cte AS WITH a AS (SELECT client, 1 AS one FROM private.projects), b AS (SELECT * FROM a) SELECT one, client FROM b;
		CREATE VIEW api.casing AS SELECT CASE WHEN id > 1 THEN 'a' ELSE 'b (}' END AS " {odd) \ ""name""", client AS "a client" FROM private.projects;
		CREATE VIEW api.odd AS SELECT '}) :targetList (\'::text AS ":resorigcol", client, -1.5e3 AS "{", NULL AS "<>" FROM private.projects;
		CREATE VIEW api.grouped AS SELECT count(*), client FROM private.projects GROUP BY client HAVING count(*) > 0 ORDER BY max(id) LIMIT 3;
		CREATE VIEW api.joined AS SELECT p.client, c.name, (SELECT max(id) FROM private.projects) AS most FROM private.projects p JOIN private.clients c ON c.id = p.client;
		CREATE MATERIALIZED VIEW api.stored AS SELECT client FROM private.projects;
		CREATE VIEW private.middle AS SELECT client AS c FROM api.stored;
		CREATE VIEW api.chain AS SELECT c AS d FROM private.middle;
		CREATE VIEW api.windowed AS SELECT row_number() OVER (ORDER BY id), client FROM private.projects ORDER BY name;
		CREATE VIEW api.renamed AS SELECT client AS before FROM private.projects;
		ALTER VIEW api.renamed RENAME COLUMN before TO after;
		CREATE VIEW api."using" AS SELECT id, n.client FROM private.projects JOIN (SELECT id, client FROM private.projects) n USING (id);
		CREATE VIEW api.united AS SELECT client FROM private.projects UNION ALL SELECT client FROM private.projects;
		CREATE VIEW api.computed AS SELECT client + 0 AS client, client::bigint AS wide, max(client) OVER () AS most FROM private.projects;
		CREATE VIEW api.without AS SELECT name FROM private.projects;
		CREATE VIEW api.constant AS SELECT 1 AS client`)
	d.has("clients", `
		one-to-many plain[view] of_client id=theClient inverse
		one-to-many subselect[view] of_client id=client inverse
		one-to-many cte[view] of_client id=client inverse
		one-to-many casing[view] of_client id=a client inverse
		one-to-many odd[view] of_client id=client inverse
		one-to-many grouped[view] of_client id=client inverse
		one-to-many joined[view] of_client id=client inverse
		one-to-many stored[view] of_client id=client inverse
		one-to-many chain[view] of_client id=d inverse
		one-to-many windowed[view] of_client id=client inverse
		one-to-many renamed[view] of_client id=after inverse
		one-to-many using[view] of_client id=client inverse`)
	for table, column := range map[string]string{
		"plain": "theClient", "cte": "client", "casing": "a client", "grouped": "client", "stored": "client", "chain": "d", "renamed": "after",
	} {
		d.has(table, "many-to-one clients[view] of_client "+column+"=id")
	}
	for _, table := range []string{"united", "computed", "without", "constant"} {
		d.has(table, "")
	}
}

// Tables and views relate in all ways, and views of one-to-one relationships are one-to-one.
func TestViewsAndTables(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.a (x int, y int, PRIMARY KEY (x, y));
		CREATE TABLE api.b (y int, x int, CONSTRAINT ba FOREIGN KEY (x, y) REFERENCES api.a, UNIQUE (y, x));
		CREATE TABLE api.tree (id int PRIMARY KEY, up int CONSTRAINT self REFERENCES api.tree);
		CREATE VIEW api.av AS SELECT y AS q, x AS p FROM api.a;
		CREATE VIEW api.half AS SELECT x FROM api.a;
		CREATE VIEW api.bv AS SELECT x AS i, y AS j FROM api.b;
		CREATE VIEW api.trees AS SELECT * FROM api.tree`)
	d.has("a", "one-to-one b ba x=x y=y inverse\none-to-one bv[view] ba x=i y=j inverse")
	d.has("b", "one-to-one a ba x=x y=y\none-to-one av[view] ba x=p y=q")
	d.has("av", "one-to-one b ba p=x q=y inverse\none-to-one bv[view] ba p=i q=j inverse")
	d.has("bv", "one-to-one a ba i=x j=y\none-to-one av[view] ba i=p j=q")
	d.has("half", "")
	d.has("trees", `
		many-to-one tree self up=id
		one-to-many tree self id=up inverse
		many-to-one trees[view] self up=id
		one-to-many trees[view] self id=up inverse`)
}

// A key that is shown in several ways relates in each of them.
func TestViewsWithDoubledColumns(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, viewed, `
		CREATE VIEW api.clients AS SELECT id, id AS id2 FROM private.clients;
		CREATE VIEW api.twice AS SELECT a.client AS first, b.client AS second FROM private.projects a, private.projects b;
		CREATE TABLE private.sites (x int, y int, PRIMARY KEY (x, y));
		CREATE TABLE api.visits (x int, y int, CONSTRAINT visit FOREIGN KEY (x, y) REFERENCES private.sites);
		CREATE VIEW api.sites AS SELECT x AS x1, x AS x2, y AS y1, y AS y2 FROM private.sites`)
	d.has("twice", `
		many-to-one clients[view] of_client first=id
		many-to-one clients[view] of_client first=id2
		many-to-one clients[view] of_client second=id
		many-to-one clients[view] of_client second=id2`)
	d.has("visits", `
		many-to-one sites[view] visit x=x1 y=y1
		many-to-one sites[view] visit x=x1 y=y2
		many-to-one sites[view] visit x=x2 y=y1
		many-to-one sites[view] visit x=x2 y=y2`)
}

// A view of a private junction is a junction if it shows the key, and what it joins may be views.
func TestViewsAsJunctions(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.films (id int PRIMARY KEY);
		CREATE TABLE private.actors (id int PRIMARY KEY);
		CREATE TABLE private.roles (film int CONSTRAINT r_film REFERENCES api.films, actor int CONSTRAINT r_actor REFERENCES private.actors, part text,
			PRIMARY KEY (actor, part, film));
		CREATE TABLE private.hidden (film int REFERENCES api.films, actor int REFERENCES private.actors, PRIMARY KEY (actor, film));
		CREATE VIEW api.actors AS SELECT id FROM private.actors;
		CREATE VIEW api.roles AS SELECT part, film AS f, actor AS a FROM private.roles;
		CREATE VIEW api.keyless AS SELECT film, actor FROM private.roles`)
	d.has("films", `
		one-to-many roles[view] r_film id=f inverse
		one-to-many keyless[view] r_film id=film inverse
		many-to-many actors[view] through api.roles: r_film f=id, r_actor a=id`)
	d.has("actors", `
		one-to-many roles[view] r_actor id=a inverse
		one-to-many keyless[view] r_actor id=actor inverse
		many-to-many films through api.roles: r_actor a=id, r_film f=id`)
}

// A view that has come to read itself, which PostgreSQL refuses to read, does no harm.
func TestViewsOfThemselves(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, viewed, `
		CREATE VIEW api.clients AS SELECT id FROM private.clients;
		CREATE VIEW api.round AS SELECT client FROM private.projects;
		CREATE VIEW api.trip AS SELECT client FROM api.round;
		CREATE OR REPLACE VIEW api.round AS SELECT client FROM api.trip`)
	d.has("round", "")
	d.has("trip", "")
	d.has("clients", "")
}
