package httpapi_test

// The tables of PostgREST's own tests, as far as they show each kind of relationship.
const (
	// work has foreign keys in both directions, and tables between two others.
	work = `
CREATE TABLE clients (id int PRIMARY KEY, name text NOT NULL, note text);
CREATE TABLE projects (id int PRIMARY KEY, name text NOT NULL, client_id int CONSTRAINT client REFERENCES clients);
CREATE TABLE tasks (id int PRIMARY KEY, name text, project_id int CONSTRAINT project REFERENCES projects, done bool, doc jsonb);
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE users_tasks (user_id int REFERENCES users, task_id int REFERENCES tasks, PRIMARY KEY (task_id, user_id));
CREATE TABLE users_projects (user_id int REFERENCES users, project_id int REFERENCES projects, role text, PRIMARY KEY (project_id, user_id));
CREATE TABLE comments (id int PRIMARY KEY, content text, commenter_id int CONSTRAINT commenter REFERENCES users, user_id int, task_id int,
	CONSTRAINT about FOREIGN KEY (task_id, user_id) REFERENCES users_tasks (task_id, user_id));
INSERT INTO clients VALUES (1, 'Microsoft'), (2, 'Apple'), (3, 'Nobody');
INSERT INTO projects VALUES (1, 'Windows 7', 1), (2, 'Windows 10', 1), (3, 'IOS', 2), (4, 'OSX', 2), (5, 'Orphan', NULL);
INSERT INTO tasks SELECT i, CASE WHEN i < 8 THEN 'task ' || i END, (i + 1) / 2, i % 3 = 0, jsonb_build_object('k', 10 - i) FROM generate_series(1, 8) i;
INSERT INTO users VALUES (1, 'Angela'), (2, 'Michael'), (3, 'Dwight'), (4, 'Idle');
INSERT INTO users_tasks VALUES (1, 1), (1, 2), (1, 3), (1, 4), (2, 5), (2, 6), (2, 7), (3, 1), (3, 5);
INSERT INTO users_projects VALUES (1, 1, 'lead'), (1, 2, NULL), (2, 3, 'lead'), (2, 4, 'aid'), (3, 1, 'aid'), (3, 3, 'aid');
INSERT INTO comments VALUES (1, 'Needs to be delivered ASAP', 1, 2, 6), (2, 'Fine', 2, 1, 1), (3, 'Lost', NULL, NULL, NULL);

CREATE TABLE addresses (id int PRIMARY KEY, address text);
CREATE TABLE orders (id int PRIMARY KEY, name text, billing_address_id int CONSTRAINT billing REFERENCES addresses, shipping_address_id int CONSTRAINT shipping REFERENCES addresses);
INSERT INTO addresses VALUES (1, 'address 1'), (2, 'address 2'), (3, 'address 3');
INSERT INTO orders VALUES (1, 'order 1', 1, 2), (2, 'order 2', 3, 3), (3, 'order 3', NULL, 1);

CREATE TABLE web_content (id int PRIMARY KEY, name text, p_web_id int CONSTRAINT part_of REFERENCES web_content);
INSERT INTO web_content VALUES (5, 'wat', NULL), (0, 'tardis', 5), (1, 'fezz', 0), (2, 'foo', 0), (3, 'bar', 0), (4, 'wut', 1);
CREATE TABLE organizations (id int PRIMARY KEY, name text, referee int REFERENCES organizations, auditor int REFERENCES organizations);
INSERT INTO organizations VALUES (1, 'Referee Org', NULL, NULL), (2, 'Auditor Org', NULL, NULL), (3, 'Acme', 1, 2), (4, 'Umbrella', 1, 2), (5, 'Cyberdyne', 3, 4);

CREATE TABLE big_projects (big_project_id int PRIMARY KEY, name text);
CREATE TABLE sites (site_id int PRIMARY KEY, name text, main_project_id int CONSTRAINT main_project REFERENCES big_projects);
CREATE TABLE jobs (job_id int, site_id int REFERENCES sites, big_project_id int REFERENCES big_projects, PRIMARY KEY (job_id, site_id, big_project_id));
CREATE VIEW main_jobs AS SELECT * FROM jobs WHERE job_id < 3;
INSERT INTO big_projects VALUES (1, 'big 1'), (2, 'big 2');
INSERT INTO sites VALUES (1, 'site 1', 1), (2, 'site 2', NULL), (3, 'site 3', 2);
INSERT INTO jobs VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 3, 2);

CREATE TABLE whatev_projects (id int PRIMARY KEY);
CREATE TABLE whatev_sites (id int PRIMARY KEY);
CREATE TABLE whatev_jobs (job_id int, site_id_1 int REFERENCES whatev_sites, project_id_1 int REFERENCES whatev_projects, project_id_2 int REFERENCES whatev_projects,
	PRIMARY KEY (job_id, site_id_1, project_id_1, project_id_2));

CREATE TABLE people (id int PRIMARY KEY); CREATE TABLE vehicles (id int PRIMARY KEY); CREATE TABLE places (id int PRIMARY KEY);
CREATE TABLE trips (person int REFERENCES people, vehicle int REFERENCES vehicles, place int REFERENCES places, PRIMARY KEY (person, vehicle, place));
INSERT INTO people VALUES (1), (2); INSERT INTO vehicles VALUES (10), (20); INSERT INTO places VALUES (100);
INSERT INTO trips VALUES (1, 10, 100), (1, 20, 100), (2, 20, 100);
CREATE TABLE loose (person int REFERENCES people, "odd place" int REFERENCES places);

CREATE TABLE "Odd Parents" (id int PRIMARY KEY, "the name" text);
CREATE TABLE "odd-children" (id int PRIMARY KEY, "parent id" int CONSTRAINT "odd (fk)" REFERENCES "Odd Parents");
INSERT INTO "Odd Parents" VALUES (1, 'odd'); INSERT INTO "odd-children" VALUES (1, 1), (2, NULL);
CREATE TABLE posts (id int PRIMARY KEY, project_id int REFERENCES projects, client_id int REFERENCES clients, tasks int);
INSERT INTO posts VALUES (1, 1, 2, 7), (2, NULL, 1, 8);
CREATE TABLE count (id int PRIMARY KEY, client_id int REFERENCES clients);
`
	// single has tables of which each row has one of the other at most.
	single = `
CREATE TABLE students (id int, code text, name text, PRIMARY KEY (id, code));
CREATE TABLE students_info (id int, code text, address text, PRIMARY KEY (id, code), CONSTRAINT of_student FOREIGN KEY (code, id) REFERENCES students (code, id));
INSERT INTO students VALUES (1, '0001', 'John Doe'), (2, '0002', 'Jane Doe');
INSERT INTO students_info VALUES (1, '0001', 'Street 1');
CREATE TABLE country (id int PRIMARY KEY, name text);
CREATE TABLE capital (id int PRIMARY KEY, name text, country_id int UNIQUE REFERENCES country);
CREATE TABLE flags (id int PRIMARY KEY, country_id int REFERENCES country);
CREATE UNIQUE INDEX ON flags (country_id);
INSERT INTO country VALUES (1, 'Afghanistan'), (2, 'Algeria'); INSERT INTO capital VALUES (1, 'Kabul', 1), (2, 'Nowhere', NULL); INSERT INTO flags VALUES (7, 1);
CREATE TABLE trash (id int PRIMARY KEY);
CREATE TABLE trash_details (id int PRIMARY KEY REFERENCES trash, jsonb_col jsonb);
INSERT INTO trash VALUES (1), (2), (3), (4);
INSERT INTO trash_details VALUES (1, '{"key": 10}'), (2, '{"key": 6}'), (3, '{"key": 8}');
CREATE TABLE being (being int PRIMARY KEY);
CREATE TABLE descendant (descendant int PRIMARY KEY, being int CONSTRAINT descends REFERENCES being);
CREATE TABLE part (part int PRIMARY KEY);
CREATE TABLE being_part (being int REFERENCES being, part int REFERENCES part, PRIMARY KEY (being, part));
CREATE TABLE beast (name text, PRIMARY KEY (being)) INHERITS (being);
INSERT INTO being VALUES (1), (2); INSERT INTO descendant VALUES (1, 1), (2, 1), (3, 2); INSERT INTO part VALUES (1), (2);
INSERT INTO being_part VALUES (1, 1), (2, 1), (1, 2); INSERT INTO beast VALUES (3, 'wolf');

CREATE TABLE car_brands (name text PRIMARY KEY);
CREATE TABLE car_models (name text, year int, car_brand_name text REFERENCES car_brands, PRIMARY KEY (name, year)) PARTITION BY LIST (year);
CREATE TABLE car_models_2019 PARTITION OF car_models FOR VALUES IN (2019);
CREATE TABLE car_models_2021 PARTITION OF car_models FOR VALUES IN (2021);
CREATE TABLE car_model_sales (day date, quantity int, car_model_name text, car_model_year int, PRIMARY KEY (day, car_model_name, car_model_year),
	FOREIGN KEY (car_model_name, car_model_year) REFERENCES car_models (name, year)) PARTITION BY RANGE (day);
CREATE TABLE car_model_sales_2021 PARTITION OF car_model_sales FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE car_dealers (name text, city text, PRIMARY KEY (name, city));
CREATE TABLE car_models_car_dealers (car_model_name text, car_model_year int, car_dealer_name text, car_dealer_city text, quantity int,
	FOREIGN KEY (car_model_name, car_model_year) REFERENCES car_models, FOREIGN KEY (car_dealer_name, car_dealer_city) REFERENCES car_dealers,
	PRIMARY KEY (car_model_name, car_model_year, car_dealer_name, car_dealer_city, quantity)) PARTITION BY RANGE (quantity);
CREATE TABLE car_models_car_dealers_10 PARTITION OF car_models_car_dealers FOR VALUES FROM (0) TO (10);
INSERT INTO car_brands VALUES ('DMC'), ('Ferrari');
INSERT INTO car_models VALUES ('DeLorean', 2019, 'DMC'), ('Murena', 2019, NULL), ('F310-B', 2021, 'Ferrari');
INSERT INTO car_model_sales VALUES ('2021-01-14', 7, 'DeLorean', 2019), ('2021-01-15', 9, 'DeLorean', 2019);
INSERT INTO car_dealers VALUES ('Springfield Cars S.A.', 'Springfield'), ('The Best Deals S.A.', 'Franklin');
INSERT INTO car_models_car_dealers VALUES ('DeLorean', 2019, 'Springfield Cars S.A.', 'Springfield', 4), ('Murena', 2019, 'The Best Deals S.A.', 'Franklin', 5);
`
	// viewed has views, and what lies in a schema that is not exposed.
	viewed = `
CREATE VIEW projects_view AS SELECT * FROM projects;
CREATE VIEW projects_chain AS SELECT id, name, client_id FROM projects_view WHERE id < 5;
CREATE VIEW projects_renamed AS SELECT id AS t_id, name AS t_name, client_id AS t_client FROM projects;
CREATE VIEW projects_twice AS SELECT id, client_id, client_id AS again FROM projects;
CREATE VIEW clients_view AS SELECT id, name FROM clients;
CREATE VIEW users_view AS SELECT * FROM users;
CREATE VIEW tasks_view AS SELECT * FROM tasks;
CREATE VIEW tasks_case AS SELECT id, CASE WHEN done THEN 'done' ELSE 'open' END AS state, project_id FROM tasks;
CREATE VIEW tasks_cte AS WITH t AS (SELECT * FROM tasks WHERE id < 5) SELECT t.id, t.project_id FROM t;
CREATE VIEW tasks_sub AS SELECT s.id, s.project_id, (SELECT count(*) FROM users_tasks u WHERE u.task_id = s.id) AS n FROM (SELECT * FROM tasks) s WHERE s.id IN (SELECT task_id FROM users_tasks);
CREATE VIEW tasks_joined AS SELECT t.id, p.id AS p_id, p.name AS p_name FROM tasks t JOIN projects p ON p.id = t.project_id;
CREATE VIEW tasks_grouped AS SELECT project_id, count(*) AS n FROM tasks GROUP BY project_id;
CREATE VIEW tasks_union AS SELECT id, project_id FROM tasks UNION ALL SELECT id, project_id FROM tasks;
CREATE VIEW tasks_expression AS SELECT id, project_id + 0 AS project_id FROM tasks;
CREATE VIEW "Tasks With A Name That Is As Long As PostgreSQL Lets It Be, 63" AS SELECT id AS "taskId", project_id AS "projectId" FROM tasks;
CREATE MATERIALIZED VIEW tasks_kept AS SELECT id, project_id FROM tasks;
CREATE VIEW capital_view AS SELECT id, name, country_id FROM capital;
CREATE VIEW jobs_half AS SELECT job_id, site_id FROM jobs;
CREATE VIEW comments_view AS SELECT id, user_id, task_id FROM comments;
CREATE VIEW comments_half AS SELECT id, task_id FROM comments;

CREATE SCHEMA private;
CREATE TABLE private.base (id int PRIMARY KEY, client_id int REFERENCES clients);
INSERT INTO private.base VALUES (1, 1), (2, 2);
CREATE VIEW base_view AS SELECT * FROM private.base;
CREATE TABLE actors (id int PRIMARY KEY, name text);
CREATE TABLE films (id int PRIMARY KEY, title text);
CREATE TABLE private.personnages (film_id int REFERENCES films, actor_id int REFERENCES actors, role text, PRIMARY KEY (film_id, actor_id));
CREATE VIEW personnages AS SELECT film_id, actor_id, role FROM private.personnages;
INSERT INTO actors VALUES (1, 'John'); INSERT INTO films VALUES (12, 'Douze'), (13, 'Treize');
INSERT INTO private.personnages VALUES (12, 1, 'méchant');
CREATE TABLE schauspieler (id int PRIMARY KEY);
CREATE TABLE filme (id int PRIMARY KEY);
CREATE TABLE private.rollen (film_id int REFERENCES filme, schauspieler_id int REFERENCES schauspieler, PRIMARY KEY (film_id, schauspieler_id));
CREATE TABLE rollen (film_id int, schauspieler_id int, PRIMARY KEY (film_id, schauspieler_id));
CREATE TABLE private.hidden (id int PRIMARY KEY, schauspieler_id int REFERENCES schauspieler);
`
	// computed has functions from rows to rows.
	computed = `
CREATE TABLE designers (id int PRIMARY KEY, name text);
CREATE TABLE videogames (id int PRIMARY KEY, name text, designer_id int CONSTRAINT designed_by REFERENCES designers);
INSERT INTO designers VALUES (1, 'Sid Meier'), (2, 'Hironobu Sakaguchi'), (3, 'Nobody');
INSERT INTO videogames VALUES (1, 'Civilization I', 1), (2, 'Civilization II', 1), (3, 'Final Fantasy I', 2), (4, 'Tetris', NULL);
CREATE FUNCTION computed_designers(videogames) RETURNS SETOF designers ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM designers WHERE id = $1.designer_id $$;
CREATE FUNCTION computed_designers_noset(videogames) RETURNS designers LANGUAGE sql STABLE AS $$ SELECT * FROM designers WHERE id = $1.designer_id $$;
CREATE FUNCTION computed_videogames(designers) RETURNS SETOF videogames LANGUAGE sql STABLE AS $$ SELECT * FROM videogames WHERE designer_id = $1.id $$;
CREATE FUNCTION designers(videogames) RETURNS SETOF designers ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM designers WHERE id = 2 $$;
CREATE FUNCTION videogames(designers) RETURNS SETOF videogames LANGUAGE sql STABLE AS $$ SELECT * FROM videogames WHERE id = 3 $$;
CREATE FUNCTION child_web_content(web_content) RETURNS SETOF web_content LANGUAGE sql STABLE AS $$ SELECT * FROM web_content WHERE p_web_id = $1.id $$;
CREATE FUNCTION parent_web_content(web_content) RETURNS SETOF web_content ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM web_content WHERE id = $1.p_web_id $$;
CREATE FUNCTION items_of(clients) RETURNS SETOF projects LANGUAGE sql STABLE AS $$ SELECT * FROM projects WHERE client_id = $1.id $$;
CREATE FUNCTION items_of(projects) RETURNS SETOF tasks LANGUAGE sql STABLE AS $$ SELECT * FROM tasks WHERE project_id = $1.id $$;
CREATE FUNCTION viewed_tasks(projects_view) RETURNS SETOF tasks_view LANGUAGE sql STABLE AS $$ SELECT * FROM tasks_view WHERE project_id = $1.id $$;
CREATE FUNCTION blank(clients) RETURNS clients LANGUAGE sql STABLE AS $$ SELECT NULL::int, NULL::text, NULL::text WHERE $1.id = 1 $$;
`
	// plant is for spreads and aggregates.
	plant = `
CREATE TABLE factories (id int PRIMARY KEY, name text);
CREATE TABLE factory_buildings (id int PRIMARY KEY, code text, size numeric, factory_id int REFERENCES factories);
CREATE TABLE process_categories (id int PRIMARY KEY, name text);
CREATE TABLE processes (id int PRIMARY KEY, name text, factory_id int REFERENCES factories, category_id int REFERENCES process_categories);
CREATE TABLE process_costs (process_id int PRIMARY KEY REFERENCES processes, cost numeric);
CREATE TABLE supervisors (id int PRIMARY KEY, name text);
CREATE TABLE process_supervisor (process_id int REFERENCES processes, supervisor_id int REFERENCES supervisors, PRIMARY KEY (process_id, supervisor_id));
INSERT INTO factories VALUES (1, 'Factory C'), (2, 'Factory B'), (3, 'Factory A'), (4, 'Factory D');
INSERT INTO factory_buildings VALUES (1, 'A001', 150, 1), (2, 'A002', 200, 1), (3, 'B001', 50, 2), (4, NULL, 120.50, 3);
INSERT INTO process_categories VALUES (1, 'Batch'), (2, 'Mass');
INSERT INTO processes VALUES (1, 'Process A1', 1, 1), (2, 'Process A2', 1, 2), (3, 'Process B1', 2, 1), (4, 'Process B2', 2, 1), (5, 'Process XX', 3, 2), (6, 'Process YY', NULL, 2);
INSERT INTO process_costs VALUES (1, 150.00), (2, 200.00), (3, 180.00), (4, 70.00), (5, 40.00);
INSERT INTO supervisors VALUES (1, 'Mary'), (2, 'John'), (3, 'Peter'), (4, 'Sarah');
INSERT INTO process_supervisor VALUES (1, 1), (2, 2), (3, 3), (4, 3), (4, 1), (5, 1), (6, 3);
`
)
