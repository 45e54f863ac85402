package browser

// rental is the schema of a shop that lends films, with what a view has to cope with.
const rental = `
CREATE TYPE rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE TABLE language (language_id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE film (
	film_id int PRIMARY KEY, title text NOT NULL, description text, release_year int, language_id int NOT NULL REFERENCES language,
	original_language_id int REFERENCES language, rental_duration smallint NOT NULL, rental_rate numeric(4,2) NOT NULL, length smallint,
	replacement_cost numeric(5,2) NOT NULL, rating rating, last_update timestamptz NOT NULL, special_features text[], fulltext tsvector NOT NULL);
CREATE TABLE actor (actor_id int PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, last_update timestamptz NOT NULL);
CREATE TABLE film_actor (actor_id int REFERENCES actor, film_id int REFERENCES film, last_update timestamptz NOT NULL, PRIMARY KEY (actor_id, film_id));
CREATE TABLE customer (customer_id int PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, email text, active boolean NOT NULL, profile jsonb, create_date date NOT NULL);
CREATE TABLE rental (rental_id int PRIMARY KEY, rental_date timestamptz NOT NULL, film_id int NOT NULL REFERENCES film, customer_id int NOT NULL REFERENCES customer, return_date timestamptz);
CREATE TABLE payment (payment_id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, rental_id int REFERENCES rental, amount numeric(5,2) NOT NULL, payment_date timestamptz NOT NULL);
CREATE VIEW nicer_but_slower_film_list AS SELECT film_id AS fid, title, rating, rental_rate AS price FROM film;
COMMENT ON TABLE film IS 'The films of the shop, each with its price and what is on the disc';
COMMENT ON COLUMN film.description IS 'A short story of the film, as it is printed on the box';
COMMENT ON COLUMN film.rental_rate IS 'Price for the whole rental duration';
COMMENT ON TABLE customer IS 'Who borrows';
INSERT INTO language SELECT i, (ARRAY['English','Italian','Japanese','Mandarin','French','German'])[i] FROM generate_series(1, 6) i;
INSERT INTO film SELECT i,
	(ARRAY['ACADEMY','ACE','ADAPTATION','AFFAIR','AFRICAN','AGENT','AIRPLANE','ALABAMA','ALADDIN','ALAMO'])[1 + i % 10] || ' ' || (ARRAY['DINOSAUR','GOLDFINGER','HOLES','PREJUDICE','EGG','TRUMAN','SIERRA','DEVIL','CALENDAR','VIDEOTAPE','HUNTER'])[1 + i % 11],
	CASE WHEN i % 17 = 0 THEN NULL ELSE 'A ' || (ARRAY['Epic Drama','Astounding Reflection','Fast-Paced Documentary','Thoughtful Display'])[1 + i % 4] || ' of a Feminist And a Mad Scientist who must Battle a Teacher in The Canadian Rockies' ||
	CASE WHEN i % 5 = 0 THEN E', and who then finds out that the rockies are not where the map has them. A second journey begins, longer than the first one.\nReviewers called it "long".' ELSE '' END END,
	1990 + i % 30, 1 + i % 6, CASE WHEN i % 4 = 0 THEN 1 + i % 5 END, 3 + i % 5, (ARRAY[0.99, 2.99, 4.99])[1 + i % 3], CASE WHEN i % 23 <> 0 THEN 46 + i % 140 END, 9.99 + i % 20,
	(ARRAY['G','PG','PG-13','R','NC-17'])[1 + i % 5]::rating, '2025-02-15 09:46:27+00'::timestamptz + i * interval '7 minutes',
	CASE i % 3 WHEN 0 THEN ARRAY['Trailers','Deleted Scenes'] WHEN 1 THEN ARRAY['Commentaries'] END, to_tsvector('english', 'academy dinosaur epic drama ' || i)
	FROM generate_series(1, 1000) i;
UPDATE film SET title = '<script>document.title = "broken"</script>' WHERE film_id = 3;
UPDATE film SET title = 'فيلم عن ABC والقطار السريع', description = 'עלילה קצרה (1999), with English in it' WHERE film_id = 4;
UPDATE film SET title = '' WHERE film_id = 6;
INSERT INTO actor SELECT i, 'PENELOPE' || i, 'GUINESS', '2025-02-15 09:34:33+00' FROM generate_series(1, 200) i;
INSERT INTO film_actor SELECT 1 + (f + k * 37) % 200, f, '2025-02-15 10:05:03+00' FROM generate_series(1, 1000) f, generate_series(0, 3) k;
INSERT INTO customer SELECT i, 'MARY' || i, 'SMITH', CASE WHEN i % 9 <> 0 THEN 'mary' || i || '@example.org' ELSE '' END, i % 11 <> 0,
	jsonb_build_object('newsletter', i % 2 = 0, 'favourites', jsonb_build_array(1 + i % 1000, 1 + i * 7 % 1000), 'address', jsonb_build_object('street', i || ' Main Street', 'city', 'Lethbridge')), date '2024-01-01' + i FROM generate_series(1, 300) i;
INSERT INTO rental SELECT i, '2025-05-24 22:53:30+00'::timestamptz + i * interval '11 minutes', 1 + i * 7 % 1000, 1 + i % 300, CASE WHEN i % 6 <> 0 THEN '2025-05-26 22:04:30+00'::timestamptz + i * interval '13 minutes' END FROM generate_series(1, 5000) i;
INSERT INTO payment SELECT i, 1 + i % 300, i, 0.99 + i % 5, '2025-05-25 11:30:37+00'::timestamptz + i * interval '11 minutes' FROM generate_series(1, 5000) i;
CREATE TABLE "odd <script>alert(1)</script>" (id int PRIMARY KEY, "<script>document.title = 1</script>" text, "say ""hi"", (x)" text);
INSERT INTO "odd <script>alert(1)</script>" VALUES (1, '<img src=x onerror="document.title = 2">', 'a'), (2, '"&<>''', 'b');
ANALYZE;
`
