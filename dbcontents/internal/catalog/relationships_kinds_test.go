package catalog

import "testing"

func TestCompositeAndUniqueKeys(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.sites (country text, city text, region text, PRIMARY KEY (city, country), UNIQUE (region, city));
		CREATE TABLE api.shops (id int PRIMARY KEY, c text, t text, r text, n int UNIQUE,
			CONSTRAINT at FOREIGN KEY (c, t) REFERENCES api.sites (country, city),
			CONSTRAINT by_region FOREIGN KEY (t, r) REFERENCES api.sites (city, region),
			UNIQUE (r, t));
		CREATE UNIQUE INDEX ON api.shops (c, t);
		CREATE TABLE api.keys (shop int CONSTRAINT key_of REFERENCES api.shops UNIQUE, n int CONSTRAINT key_n REFERENCES api.shops (n))`)
	d.has("shops", `
		many-to-one sites at c=country t=city
		one-to-one sites by_region t=city r=region
		one-to-one keys key_of id=shop inverse
		one-to-many keys key_n n=n inverse`)
	d.has("sites", `
		one-to-many shops at country=c city=t inverse
		one-to-one shops by_region city=t region=r inverse`)
}

func TestJunctions(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.users (id int PRIMARY KEY);
		CREATE TABLE api.rooms (house int, number int, PRIMARY KEY (house, number));
		CREATE TABLE api.stays (since date, guest int CONSTRAINT who REFERENCES api.users, h int, n int, note text,
			CONSTRAINT where_ FOREIGN KEY (h, n) REFERENCES api.rooms, PRIMARY KEY (n, h, guest, since));
		CREATE TABLE api.pairs (a int CONSTRAINT pair_a REFERENCES api.users, b int CONSTRAINT pair_b REFERENCES api.users, PRIMARY KEY (a, b));
		CREATE TABLE api.loose (id int PRIMARY KEY, a int CONSTRAINT loose_a REFERENCES api.users, h int, n int,
			CONSTRAINT loose_r FOREIGN KEY (h, n) REFERENCES api.rooms, UNIQUE (a, h, n))`)
	d.has("users", `
		one-to-many stays who id=guest inverse
		one-to-many pairs pair_a id=a inverse
		one-to-many pairs pair_b id=b inverse
		one-to-many loose loose_a id=a inverse
		many-to-many rooms through api.stays: who guest=id, where_ h=house n=number
		many-to-many users through api.pairs: pair_a a=id, pair_b b=id
		many-to-many users through api.pairs: pair_b b=id, pair_a a=id`)
	d.has("rooms", `
		one-to-many stays where_ house=h number=n inverse
		one-to-many loose loose_r house=h number=n inverse
		many-to-many users through api.stays: where_ h=house n=number, who guest=id`)
}

func TestJunctionOfThree(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.a (id int PRIMARY KEY); CREATE TABLE api.b (id int PRIMARY KEY);
		CREATE TABLE api.j (x int CONSTRAINT jx REFERENCES api.a, y int CONSTRAINT jy REFERENCES api.b, z int CONSTRAINT jz REFERENCES api.b,
			PRIMARY KEY (x, y, z))`)
	d.has("a", `
		one-to-many j jx id=x inverse
		many-to-many b through api.j: jx x=id, jy y=id
		many-to-many b through api.j: jx x=id, jz z=id`)
	d.has("b", `
		one-to-many j jy id=y inverse
		one-to-many j jz id=z inverse
		many-to-many a through api.j: jy y=id, jx x=id
		many-to-many a through api.j: jz z=id, jx x=id
		many-to-many b through api.j: jy y=id, jz z=id
		many-to-many b through api.j: jz z=id, jy y=id`)
	d.has("j", "many-to-one a jx x=id\nmany-to-one b jy y=id\nmany-to-one b jz z=id")
}

func TestSelfReferences(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.tree (id int PRIMARY KEY, parent int CONSTRAINT up REFERENCES api.tree, "Root of" int CONSTRAINT "the ""root""" REFERENCES api.tree);
		CREATE TABLE api.chain (id int PRIMARY KEY, next int UNIQUE CONSTRAINT link REFERENCES api.chain)`)
	d.has("tree", `
		many-to-one tree up parent=id
		one-to-many tree up id=parent inverse
		many-to-one tree the "root" Root of=id
		one-to-many tree the "root" id=Root of inverse`)
	d.has("chain", `
		one-to-one chain link next=id
		one-to-one chain link id=next inverse`)
}

func TestPartitionsAndInheritance(t *testing.T) {
	t.Parallel()
	x := Exposure{Schemas: []string{"api"}, All: true, Tables: []Name{{Name: "events_1"}}}
	d := newRelatedDatabase(t, x, `
		CREATE TABLE api.kinds (id int PRIMARY KEY);
		CREATE TABLE api.events (id int, day int, kind int CONSTRAINT of_kind REFERENCES api.kinds, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
		CREATE TABLE api.events_1 PARTITION OF api.events FOR VALUES IN (1);
		CREATE TABLE api.events_2 PARTITION OF api.events FOR VALUES IN (2);
		ALTER TABLE api.events_2 ADD CONSTRAINT own FOREIGN KEY (kind) REFERENCES api.kinds;
		CREATE TABLE api.notes (event int, day int, CONSTRAINT about FOREIGN KEY (event, day) REFERENCES api.events);
		CREATE TABLE api.child (extra int) INHERITS (api.notes)`)
	d.has("kinds", "one-to-many events of_kind id=kind inverse")
	d.has("events", `
		many-to-one kinds of_kind kind=id
		one-to-many notes about id=event day=day inverse`)
	d.has("notes", "many-to-one events about event=id day=day")
	d.has("child", "")
	d.has("events_1", "")
}

func TestComputedRelationships(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE TABLE api.designers (id int PRIMARY KEY);
		CREATE TABLE api.games (id int PRIMARY KEY, designer int CONSTRAINT by REFERENCES api.designers, second int CONSTRAINT by2 REFERENCES api.designers);
		CREATE VIEW api.game_names AS SELECT 'x'::text AS name;
		CREATE FUNCTION api."One of"(api.games) RETURNS SETOF api.designers ROWS 1 LANGUAGE sql STABLE AS $$SELECT * FROM api.designers WHERE id = $1.designer$$;
		CREATE FUNCTION api.single(api.games) RETURNS api.designers LANGUAGE sql STABLE AS $$SELECT * FROM api.designers WHERE id = $1.designer$$;
		CREATE FUNCTION api.games(api.designers) RETURNS SETOF api.games LANGUAGE sql STABLE AS $$SELECT * FROM api.games WHERE designer = $1.id$$;
		CREATE FUNCTION api.names(api.designers) RETURNS SETOF api.game_names LANGUAGE sql STABLE AS $$SELECT * FROM api.game_names$$;
		CREATE FUNCTION api.names(api.games) RETURNS SETOF api.game_names LANGUAGE sql STABLE AS $$SELECT * FROM api.game_names$$;
		CREATE FUNCTION api.names(api.game_names) RETURNS SETOF api.games LANGUAGE sql STABLE AS $$SELECT * FROM api.games$$;
		CREATE FUNCTION private.hidden(api.games) RETURNS SETOF api.designers LANGUAGE sql STABLE AS $$SELECT * FROM api.designers$$;
		CREATE FUNCTION api.two(api.games, int) RETURNS SETOF api.designers LANGUAGE sql STABLE AS $$SELECT * FROM api.designers$$;
		CREATE FUNCTION api.number(api.games) RETURNS int LANGUAGE sql STABLE AS $$SELECT 1$$`)
	d.has("games", `
		many-to-one designers by designer=id
		many-to-one designers by2 second=id
		many-to-one designers by api."One of"
		many-to-one designers by api.single
		one-to-many game_names[view] by api.names`)
	d.has("designers", `
		one-to-many games by api.games
		one-to-many game_names[view] by api.names`)
	d.has("game_names", "one-to-many games by api.names")
}
