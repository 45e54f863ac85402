-- The database of TestEveryType and TestRandomValues: types of every kind that
-- users make, and the functions that compute the expected results.

-- A table of values for each type. Values are numbered from 1.
CREATE SCHEMA reference;
CREATE SEQUENCE reference.ids;

CREATE TYPE mood AS ENUM ('sad', 'so so', 'ha"ppy', 'it''s', 'a,b', 'b\c', '{n}', E'two\nlines', '😀', 'NULL', '');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN twice AS positive;
CREATE DOMAIN price AS numeric(10,2);
CREATE DOMAIN word AS text;
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN document AS json;
CREATE DOMAIN documentb AS jsonb;
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN numbers AS int[];
CREATE DOMAIN words AS text[];

CREATE TYPE pair AS (a int, "b ""c" text);
CREATE TYPE nothing AS ();
CREATE TYPE nested AS (p pair, ps pair[], n nothing, j json, jb jsonb, d date, tz timestamptz, f float8, num price, b bytea, m mood, t twice);
CREATE DOMAIN couple AS pair CHECK ((VALUE).a > 0);
CREATE TYPE shrunk AS (a int, gone text, b text);
CREATE TABLE parent (a int, gone int, c text, d int);
INSERT INTO parent SELECT i % 7, i, 'c' || i % 3, i % 7 % 2 FROM generate_series(1, 200) i;
ALTER TABLE parent DROP COLUMN gone;
CREATE VIEW window_on_parent AS SELECT a AS "a ""a", c FROM parent;

CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE span AS RANGE (subtype = int4, multirange_type_name = spans);
CREATE DOMAIN period AS tstzrange;

-- A base type that is text under another name, and one of two numbers.
CREATE TYPE shout; CREATE TYPE mumble; CREATE TYPE spot;
CREATE TYPE unfinished;
CREATE FUNCTION shout_in(cstring) RETURNS shout LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION shout_out(shout) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION mumble_in(cstring) RETURNS mumble LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION mumble_out(mumble) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION spot_in(cstring) RETURNS spot LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION spot_out(spot) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE shout (INPUT = shout_in, OUTPUT = shout_out, LIKE = text);
CREATE TYPE mumble (INPUT = mumble_in, OUTPUT = mumble_out, LIKE = text);
CREATE TYPE spot (INPUT = spot_in, OUTPUT = spot_out, LIKE = point, ELEMENT = float8);

-- to_json uses a cast to json if it is a function and the type is not one that
-- to_json knows.
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN paint AS colour;
CREATE DOMAIN varnish AS colour;
CREATE TYPE castpair AS (a int, b int);
CREATE FUNCTION to_json(shout) RETURNS json LANGUAGE sql AS $$SELECT json_build_object('shout', upper($1::text))$$;
CREATE FUNCTION to_json(colour) RETURNS json LANGUAGE sql AS $$SELECT format(E'{\n"colour":\r\n%s }', to_json($1::text))::json$$;
CREATE FUNCTION to_json(span) RETURNS json LANGUAGE sql AS $$SELECT json_build_array(lower($1), upper($1))$$;
CREATE FUNCTION to_json(castpair) RETURNS json LANGUAGE sql AS $$SELECT '"never"'::json$$;
CREATE FUNCTION to_json(mood[]) RETURNS json LANGUAGE sql AS $$SELECT '"never"'::json$$;
CREATE FUNCTION to_json(varnish) RETURNS json LANGUAGE sql AS $$SELECT '"never"'::json$$;
CREATE CAST (shout AS json) WITH FUNCTION to_json(shout);
CREATE CAST (colour AS json) WITH FUNCTION to_json(colour) AS ASSIGNMENT;
CREATE CAST (span AS json) WITH FUNCTION to_json(span) AS IMPLICIT;
CREATE CAST (castpair AS json) WITH FUNCTION to_json(castpair);
CREATE CAST (mood[] AS json) WITH FUNCTION to_json(mood[]);
CREATE CAST (varnish AS json) WITH FUNCTION to_json(varnish);
CREATE CAST (mood AS json) WITH INOUT;
CREATE CAST (mumble AS json) WITHOUT FUNCTION;

-- Objects that values of reg* types name.
CREATE SCHEMA "odd ""schema";
CREATE TABLE "odd ""table ä" (x int);
CREATE TYPE "odd ""type" AS ENUM ('x');
CREATE FUNCTION "odd ""name"(text, "odd ""type"[]) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- Statistics: the only source of values for their types.
CREATE STATISTICS correlated (ndistinct, dependencies, mcv) ON a, c, d FROM parent;
ANALYZE parent;

CREATE FUNCTION reference.attempt(sql text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN EXECUTE sql; EXCEPTION WHEN others THEN NULL; END $$;

-- guess fills the table of a type for which the tests have no literals. It takes
-- values from the system catalogs and tries texts that input functions often accept.
CREATE FUNCTION reference.guess(filled regclass, type oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE c record; l text;
BEGIN
  FOR c IN SELECT a.attrelid::regclass AS t, a.attname AS n FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
    WHERE a.atttypid = type AND a.attnum > 0 AND r.relkind = 'r' AND r.relnamespace = 'pg_catalog'::regnamespace ORDER BY 1, 2 LIMIT 5
  LOOP
    PERFORM reference.attempt(format('INSERT INTO %s (v) SELECT %I FROM %s WHERE %2$I IS NOT NULL LIMIT 3', filled, c.n, c.t));
  END LOOP;
  FOREACH l IN ARRAY '{0,1,-1,a,"a b","{}","()","[]","(0,0)","1:1:",2000-01-01,"a=>1","a.b","\"q\" => NULL"}'::text[] LOOP
    PERFORM reference.attempt(format('INSERT INTO %s (v) VALUES (%L::%s)', filled, l, type::regtype));
  END LOOP;
END $$;

-- meaning is the value as jsonb; null for json that jsonb cannot hold.
CREATE FUNCTION reference.meaning(v anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN to_jsonb(v)::text;
EXCEPTION WHEN untranslatable_character OR invalid_text_representation THEN RETURN NULL; END $$;
