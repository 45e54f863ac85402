package httpapi_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Where relationships come from.
func TestRelatedKinds(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	embeddings(t, h, pool, []embedding{
		{
			name: "many-to-one is an object or null", path: "projects?select=id,clients(id,name)&order=id",
			sql: `SELECT id, ` + one(`SELECT id, name FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "one-to-many is an array, which may be empty", path: "clients?select=id,projects(id,name)&order=id&projects.order=id",
			sql: `SELECT id, ` + many(`SELECT id, name FROM projects p WHERE c.id = p.client_id ORDER BY id`) + ` AS projects FROM clients c ORDER BY id`,
		},
		{
			name: "many-to-many, from one side", path: "tasks?select=id,users(name)&order=id&users.order=id",
			sql: `SELECT id, ` + many(`SELECT name FROM users u JOIN users_tasks j ON user_id = id WHERE task_id = t.id ORDER BY id`) + ` AS users FROM tasks t ORDER BY id`,
		},
		{
			name: "many-to-many, from the other side", path: "users?select=id,tasks(id)&order=id&tasks.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM tasks t JOIN users_tasks j ON task_id = id WHERE user_id = u.id ORDER BY id`) + ` AS tasks FROM users u ORDER BY id`,
		},
		{
			name: "a junction with more columns in its key", path: "sites?select=site_id,big_projects!jobs(name)&order=site_id&big_projects.order=name",
			sql: `SELECT site_id, ` + many(`SELECT name FROM big_projects b JOIN jobs j USING (big_project_id) WHERE j.site_id = s.site_id ORDER BY name`) + ` AS big_projects FROM sites s ORDER BY site_id`,
		},
		{
			name: "three foreign keys in a junction make three many-to-many", path: "people?select=id,vehicles(id),places(id)&order=id&vehicles.order=id",
			sql: `SELECT id, ` + many(`SELECT v.id FROM vehicles v JOIN trips ON vehicle = v.id WHERE person = p.id ORDER BY id`) + ` AS vehicles, ` +
				many(`SELECT v.id FROM places v JOIN trips ON place = v.id WHERE person = p.id ORDER BY id`) + ` AS places FROM people p ORDER BY id`,
		},
		{
			name: "the third pair of three", path: "places?select=id,vehicles(id)&vehicles.order=id",
			sql: `SELECT id, ` + many(`SELECT v.id FROM vehicles v JOIN trips ON vehicle = v.id WHERE place = p.id ORDER BY v.id`) + ` AS vehicles FROM places p`,
		},
		{
			name: "one-to-one by the primary key, composite, in another order of columns", path: "students_info?select=address,students(name)",
			sql: `SELECT address, ` + one(`SELECT name FROM students s WHERE s.id = i.id AND s.code = i.code`) + ` AS students FROM students_info i`,
		},
		{
			name: "one-to-one, inverse", path: "students?select=name,students_info(address)&order=id",
			sql: `SELECT name, ` + one(`SELECT address FROM students_info i WHERE s.id = i.id AND s.code = i.code`) + ` AS students_info FROM students s ORDER BY id`,
		},
		{
			name: "one-to-one by a unique constraint, inverse", path: "country?select=name,capital(name)&order=id",
			sql: `SELECT name, ` + one(`SELECT name FROM capital k WHERE k.country_id = c.id`) + ` AS capital FROM country c ORDER BY id`,
		},
		{
			name: "one-to-one by a unique constraint", path: "capital?select=name,country(name)&order=id",
			sql: `SELECT name, ` + one(`SELECT name FROM country c WHERE k.country_id = c.id`) + ` AS country FROM capital k ORDER BY id`,
		},
		{
			name: "a unique index without a constraint is one-to-many", path: "country?select=name,flags(id)&order=id",
			sql: `SELECT name, ` + many(`SELECT id FROM flags f WHERE f.country_id = c.id`) + ` AS flags FROM country c ORDER BY id`,
		},
		{
			name: "a composite foreign key pairs its columns", path: "comments?select=id,users_tasks(user_id,task_id)&order=id",
			sql: `SELECT id, ` + one(`SELECT user_id, task_id FROM users_tasks u WHERE u.user_id = c.user_id AND u.task_id = c.task_id`) + ` AS users_tasks FROM comments c ORDER BY id`,
		},
		{
			name: "a composite foreign key, inverse", path: "users_tasks?select=user_id,task_id,comments(content)&order=task_id,user_id",
			sql: `SELECT user_id, task_id, ` + many(`SELECT content FROM comments c WHERE u.user_id = c.user_id AND u.task_id = c.task_id`) + ` AS comments FROM users_tasks u ORDER BY task_id, user_id`,
		},
		{
			name: "nested, in all kinds", path: "clients?select=id,projects(id,tasks(id,users(id)))&order=id&projects.order=id&projects.tasks.order=id&projects.tasks.users.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT id, `+many(`SELECT user_id AS id FROM users_tasks j WHERE j.task_id = t.id ORDER BY 1`)+` AS users
				FROM tasks t WHERE t.project_id = p.id ORDER BY id`)+` AS tasks FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS projects FROM clients c ORDER BY id`,
		},
		{
			name: "nested to-one", path: "tasks?select=id,projects(id,clients(id))&order=id",
			sql: `SELECT id, ` + one(`SELECT id, `+one(`SELECT id FROM clients c WHERE c.id = p.client_id`)+` AS clients FROM projects p WHERE p.id = t.project_id`) + ` AS projects FROM tasks t ORDER BY id`,
		},
		{
			name: "there and back again", path: "projects?select=id,clients(id,projects(id,clients(name)))&id=eq.3&clients.projects.order=id",
			sql: `SELECT id, ` + one(`SELECT id, `+many(`SELECT id, (SELECT row_to_json(x) FROM (SELECT name FROM clients d WHERE d.id = q.client_id) x) AS clients
				FROM projects q WHERE q.client_id = c.id ORDER BY id`)+` AS projects FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p WHERE id = 3`,
		},
		{
			name: "a partitioned table, to one", path: "car_models?select=name,car_brands(name)&order=name",
			sql: `SELECT name, ` + one(`SELECT name FROM car_brands b WHERE b.name = m.car_brand_name`) + ` AS car_brands FROM car_models m ORDER BY name`,
		},
		{
			name: "a partitioned table, to many, composite", path: "car_models?select=name,year,car_model_sales(quantity)&order=name&car_model_sales.order=day",
			sql: `SELECT name, year, ` + many(`SELECT quantity FROM car_model_sales s WHERE s.car_model_name = m.name AND s.car_model_year = m.year ORDER BY day`) + ` AS car_model_sales FROM car_models m ORDER BY name`,
		},
		{
			name: "a partitioned table as a target", path: "car_brands?select=name,car_models(name)&order=name",
			sql: `SELECT name, ` + many(`SELECT name FROM car_models m WHERE b.name = m.car_brand_name`) + ` AS car_models FROM car_brands b ORDER BY name`,
		},
		{
			name: "a partitioned junction", path: "car_dealers?select=name,car_models(name,year)&order=name",
			sql: `SELECT name, ` + many(`SELECT m.name, m.year FROM car_models m JOIN car_models_car_dealers j ON car_model_name = m.name AND car_model_year = m.year
				WHERE j.car_dealer_name = d.name AND j.car_dealer_city = d.city`) + ` AS car_models FROM car_dealers d ORDER BY name`,
		},
		{
			name: "inherited tables", path: "being?select=being,descendant(descendant),part(part)&order=being&descendant.order=descendant&part.order=part",
			sql: `SELECT being, ` + many(`SELECT descendant FROM descendant d WHERE d.being = b.being ORDER BY 1`) + ` AS descendant, ` +
				many(`SELECT part FROM part JOIN being_part p USING (part) WHERE p.being = b.being ORDER BY 1`) + ` AS part FROM being b ORDER BY being`,
		},
		{
			name: "a self relation is the children", path: "web_content?select=id,web_content(id)&web_content.order=id&order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM web_content c WHERE c.p_web_id = w.id ORDER BY id`) + ` AS web_content FROM web_content w ORDER BY id`,
		},
		{
			name: "a self relation by its column is the parent", path: "web_content?select=id,p_web_id(id,name)&order=id",
			sql: `SELECT id, ` + one(`SELECT id, name FROM web_content c WHERE w.p_web_id = c.id ORDER BY id`) + ` AS p_web_id FROM web_content w ORDER BY id`,
		},
	})
	refusals(t, h, []refusal{
		{name: "an inheriting table has no foreign keys of its parent", path: "beast?select=descendant(*)", status: 400, code: "PGRST200", message: "Could not find a relationship between 'beast' and 'descendant' in the schema cache"},
		{name: "a junction whose key has not both keys is none", path: "people?select=loose(*),trips(*)&loose.order=nothing", status: 400, code: "42703"},
		{name: "a partition is no target", path: "car_brands?select=car_models_2019(*)", status: 400, code: "PGRST200"},
	})
}

func TestRelatedByFunctions(t *testing.T) {
	t.Parallel()
	h, pool := related(t, dbcontents.Config{})
	embeddings(t, h, pool, []embedding{
		{
			name: "SETOF with ROWS 1 is to-one", path: "videogames?select=name,computed_designers(name)&order=id",
			sql: `SELECT name, ` + one(`SELECT name FROM designers d WHERE d.id = v.designer_id`) + ` AS computed_designers FROM videogames v ORDER BY id`,
		},
		{
			name: "without SETOF is to-one", path: "videogames?select=name,computed_designers_noset(name)&order=id",
			sql: `SELECT name, ` + one(`SELECT name FROM designers d WHERE d.id = v.designer_id`) + ` AS computed_designers_noset FROM videogames v ORDER BY id`,
		},
		{
			name: "SETOF is to-many", path: "designers?select=name,computed_videogames(name)&order=id&computed_videogames.order=id",
			sql: `SELECT name, ` + many(`SELECT name FROM videogames v WHERE d.id = v.designer_id ORDER BY id`) + ` AS computed_videogames FROM designers d ORDER BY id`,
		},
		{
			name: "inner", path: "designers?select=name,computed_videogames!inner(name)&computed_videogames.name=eq.Civilization I&order=id",
			sql: `SELECT name, ` + many(`SELECT name FROM videogames v WHERE v.id = 1`) + ` AS computed_videogames FROM designers d WHERE id = 1`,
		},
		{
			name: "inner, with a count", path: "videogames?select=name,computed_designers!inner(name)&order=id", send: []string{"Prefer", "count=exact"}, status: 200,
			sql:    `SELECT name, ` + one(`SELECT name FROM designers d WHERE d.id = v.designer_id`) + ` AS computed_designers FROM videogames v WHERE designer_id IS NOT NULL ORDER BY id`,
			header: map[string]string{"Content-Range": "0-2/3"},
		},
		{
			name: "a function that is no set, inner", path: "videogames?select=id,computed_designers_noset!inner(name)&order=id",
			sql: `SELECT id, ` + one(`SELECT name FROM designers d WHERE d.id = v.designer_id`) + ` AS computed_designers_noset FROM videogames v WHERE designer_id IS NOT NULL ORDER BY id`,
		},
		{
			name: "filters and limits of a function's rows", path: "designers?select=id,computed_videogames(id)&order=id&computed_videogames.order=id.desc&computed_videogames.limit=1&computed_videogames.id=lt.4",
			sql: `SELECT id, ` + many(`SELECT id FROM videogames v WHERE d.id = v.designer_id ORDER BY id DESC LIMIT 1`) + ` AS computed_videogames FROM designers d ORDER BY id`,
		},
		{
			name: "a function named like the target replaces the foreign key, to one", path: "videogames?select=id,designers(id)&order=id",
			sql: `SELECT id, '{"id": 2}'::json AS designers FROM videogames ORDER BY id`,
		},
		{
			name: "a function named like the target replaces the foreign key, to many", path: "designers?select=id,videogames(id)&order=id",
			sql: `SELECT id, '[{"id": 3}]'::json AS videogames FROM designers ORDER BY id`,
		},
		{
			name: "self joins by functions", path: "web_content?select=name,child_web_content(name),parent_web_content(name)&id=in.(0,1)&order=id&child_web_content.order=id",
			sql: `SELECT name, ` + many(`SELECT name FROM web_content c WHERE c.p_web_id = w.id ORDER BY id`) + ` AS child_web_content, ` +
				one(`SELECT name FROM web_content c WHERE w.p_web_id = c.id`) + ` AS parent_web_content FROM web_content w WHERE id IN (0, 1) ORDER BY id`,
		},
		{
			name: "a function for each type of its argument", path: "clients?select=id,items_of(id,items_of(id))&order=id&items_of.order=id&items_of.items_of.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id`)+` AS items_of
				FROM projects p WHERE p.client_id = c.id ORDER BY id`) + ` AS items_of FROM clients c ORDER BY id`,
		},
		{
			name: "an alias, and a hint that counts for nothing", path: "videogames?select=id,by:computed_designers!whatever(name)&order=id&by.name=like.Sid*",
			sql: `SELECT id, ` + one(`SELECT name FROM designers d WHERE d.id = v.designer_id AND d.id = 1`) + ` AS by FROM videogames v ORDER BY id`,
		},
		{
			name: "a function nested in a foreign key's", path: "projects?select=id,clients(id,items_of(id))&order=id&clients.items_of.order=id",
			sql: `SELECT id, ` + one(`SELECT id, `+many(`SELECT id FROM projects q WHERE q.client_id = c.id ORDER BY id`)+` AS items_of FROM clients c WHERE c.id = p.client_id`) + ` AS clients FROM projects p ORDER BY id`,
		},
		{
			name: "a foreign key nested in a function's", path: "designers?select=id,computed_videogames(id,computed_designers(name,computed_videogames(id)))&order=id&computed_videogames.order=id&computed_videogames.computed_designers.computed_videogames.order=id",
			sql: `SELECT id, ` + many(`SELECT id, `+one(`SELECT name, `+many(`SELECT id FROM videogames w WHERE w.designer_id = e.id ORDER BY id`)+` AS computed_videogames FROM designers e WHERE e.id = v.designer_id`)+` AS computed_designers
				FROM videogames v WHERE d.id = v.designer_id ORDER BY id`) + ` AS computed_videogames FROM designers d ORDER BY id`,
		},
		{
			name: "between views", path: "projects_view?select=id,viewed_tasks(id)&order=id&viewed_tasks.order=id",
			sql: `SELECT id, ` + many(`SELECT id FROM tasks t WHERE t.project_id = p.id ORDER BY id`) + ` AS viewed_tasks FROM projects p ORDER BY id`,
		},
		{
			name: "null filter", path: "designers?select=id,computed_videogames()&computed_videogames=is.null",
			sql: `SELECT 3 AS id`,
		},
		{
			name: "order by a function's", path: "videogames?select=id,computed_designers(name)&order=computed_designers(name).desc.nullslast,id",
			sql: `SELECT v.id, CASE WHEN d.id IS NULL THEN NULL ELSE json_build_object('name', d.name) END AS computed_designers FROM videogames v LEFT JOIN designers d ON d.id = designer_id ORDER BY d.name DESC NULLS LAST, v.id`,
		},
		{
			name: "spread of a function's", path: "videogames?select=id,...computed_designers(designer:name)&order=id",
			sql: `SELECT v.id, d.name AS designer FROM videogames v LEFT JOIN designers d ON d.id = designer_id ORDER BY v.id`,
		},
	})
	refusals(t, h, []refusal{
		{name: "a replaced foreign key cannot be reached by its column", path: "videogames?select=designer_id(*)", status: 400, code: "PGRST200"},
		{name: "a replaced foreign key cannot be reached by its constraint", path: "videogames?select=designed_by(*)", status: 400, code: "PGRST200"},
		{name: "a function of another table", path: "projects?select=computed_designers(*)", status: 400, code: "PGRST200"},
	})
}
