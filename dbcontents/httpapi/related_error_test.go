package httpapi_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What is said of embeds that cannot be.
func TestRelatedErrors(t *testing.T) {
	t.Parallel()
	h, _ := related(t, dbcontents.Config{Aggregates: true})
	const none, several = "PGRST200", "PGRST201"
	missing := func(source, target string) string {
		return "Could not find a relationship between '" + source + "' and '" + target + "' in the schema cache"
	}
	searched := func(source, target, hint string) string {
		if hint != "" {
			hint = " using the hint '" + hint + "'"
		}
		return `"Searched for a foreign key relationship between '` + source + `' and '` + target + `'` + hint + ` in the schema 'public', but no matches were found."`
	}
	ambiguous := func(source, target string) string {
		return "Could not embed because more than one relationship was found for '" + source + "' and '" + target + "'"
	}
	try := func(target string, hints ...string) string {
		return "Try changing '" + target + "' to one of the following: '" + target + "!" + strings.Join(hints, "', '"+target+"!") + "'. Find the desired relationship in the 'details' key."
	}
	choices := func(embedding string, list ...string) string {
		for i := range list {
			cardinality, relationship, _ := strings.Cut(list[i], ": ")
			list[i] = `{"cardinality":"` + cardinality + `","embedding":"` + embedding + `","relationship":"` + relationship + `"}`
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	refusals(t, h, []refusal{
		{name: "no relationship, a near target", path: "clients?select=*,project(*)", status: 400, code: none, message: missing("clients", "project"), details: searched("clients", "project", ""), hint: "Perhaps you meant 'projects' instead of 'project'."},
		{name: "no relationship, nothing is near", path: "clients?select=*,zzzzzzzz(*)", status: 400, code: none, message: missing("clients", "zzzzzzzz"), details: searched("clients", "zzzzzzzz", "")},
		{name: "no relationship with a table that is there", path: "clients?select=*,organizations(*)", status: 400, code: none, message: missing("clients", "organizations"), details: searched("clients", "organizations", "")},
		{name: "no relationship by a hint", path: "projects?select=*,clients!wrong(*)", status: 400, code: none, message: missing("projects", "clients"), details: searched("projects", "clients", "wrong")},
		{name: "no relationship by a hint and a near target", path: "projects?select=*,client!wrong(*)", status: 400, code: none, message: missing("projects", "client"), details: searched("projects", "client", "wrong"), hint: "Perhaps you meant 'clients' instead of 'client'."},
		{name: "no relationship below", path: "clients?select=*,projects(*,usrs(*))", status: 400, code: none, message: missing("projects", "usrs"), details: searched("projects", "usrs", ""), hint: "Perhaps you meant 'users' instead of 'usrs'."},
		{name: "no relationship of a spread", path: "clients?select=*,...project(*)", status: 400, code: none, message: missing("clients", "project"), hint: "Perhaps you meant 'projects' instead of 'project'."},
		{name: "no relationship, with an alias", path: "clients?select=*,x:project(*)", status: 400, code: none, message: missing("clients", "project"), hint: "Perhaps you meant 'projects' instead of 'project'."},
		{name: "a table without relationships", path: "rollen?select=*,filme(*)", status: 400, code: none, message: missing("rollen", "filme"), details: searched("rollen", "filme", "")},
		{name: "a self relation that there is not", path: "clients?select=*,clients(*)", status: 400, code: none, message: missing("clients", "clients"), details: searched("clients", "clients", "")},
		{name: "the first one of several mistakes", path: "clients?select=*,projects(zzz(*)),yyy(*)", status: 400, code: none, message: missing("projects", "zzz")},
		{name: "a hidden table is as one that is not there", path: "schauspieler?select=*,hidden(*)", status: 400, code: none, message: missing("schauspieler", "hidden"), details: searched("schauspieler", "hidden", "")},

		{
			name: "two foreign keys, to one", path: "orders?select=*,addresses(*)", status: 300, code: several, message: ambiguous("orders", "addresses"), hint: try("addresses", "billing", "shipping"),
			details: choices("orders with addresses", "many-to-one: billing using orders(billing_address_id) and addresses(id)", "many-to-one: shipping using orders(shipping_address_id) and addresses(id)"),
		},
		{
			name: "two foreign keys, to many", path: "addresses?select=*,orders(*)", status: 300, code: several, message: ambiguous("addresses", "orders"), hint: try("orders", "billing", "shipping"),
			details: choices("addresses with orders", "one-to-many: billing using addresses(id) and orders(billing_address_id)", "one-to-many: shipping using addresses(id) and orders(shipping_address_id)"),
		},
		{
			name: "a foreign key and two junctions", path: "big_projects?select=*,sites(*)", status: 300, code: several, message: ambiguous("big_projects", "sites"), hint: try("sites", "main_project", "jobs", "main_jobs"),
			details: choices("big_projects with sites", "one-to-many: main_project using big_projects(big_project_id) and sites(main_project_id)",
				"many-to-many: jobs using jobs_big_project_id_fkey(big_project_id) and jobs_site_id_fkey(site_id)", "many-to-many: main_jobs using jobs_big_project_id_fkey(big_project_id) and jobs_site_id_fkey(site_id)"),
		},
		{
			name: "a foreign key and two junctions, from the other side", path: "sites?select=*,big_projects(*)", status: 300, code: several, message: ambiguous("sites", "big_projects"), hint: try("big_projects", "main_project", "jobs", "main_jobs"),
			details: choices("sites with big_projects", "many-to-one: main_project using sites(main_project_id) and big_projects(big_project_id)",
				"many-to-many: jobs using jobs_site_id_fkey(site_id) and jobs_big_project_id_fkey(big_project_id)", "many-to-many: main_jobs using jobs_site_id_fkey(site_id) and jobs_big_project_id_fkey(big_project_id)"),
		},
		{
			name: "several foreign keys of one junction", path: "whatev_sites?select=*,whatev_projects(*)", status: 300, code: several, message: ambiguous("whatev_sites", "whatev_projects"), hint: try("whatev_projects", "whatev_jobs", "whatev_jobs"),
			details: choices("whatev_sites with whatev_projects", "many-to-many: whatev_jobs using whatev_jobs_site_id_1_fkey(site_id_1) and whatev_jobs_project_id_1_fkey(project_id_1)",
				"many-to-many: whatev_jobs using whatev_jobs_site_id_1_fkey(site_id_1) and whatev_jobs_project_id_2_fkey(project_id_2)"),
		},
		{name: "a hint that leaves several", path: "whatev_sites?select=*,whatev_projects!whatev_jobs(*)", status: 300, code: several, message: ambiguous("whatev_sites", "whatev_projects")},
		{
			name: "two children of one table", path: "organizations?select=*,organizations(*)", status: 300, code: several, message: ambiguous("organizations", "organizations"), hint: try("organizations", "organizations_auditor_fkey", "organizations_referee_fkey"),
			details: choices("organizations with organizations", "one-to-many: organizations_auditor_fkey using organizations(id) and organizations(auditor)", "one-to-many: organizations_referee_fkey using organizations(id) and organizations(referee)"),
		},
		{name: "several tables by a column", path: "projects?select=*,id(*)", status: 300, code: several, message: ambiguous("projects", "id")},
		{name: "several below", path: "orders?select=*,billing(orders(*))", status: 300, code: several, message: ambiguous("addresses", "orders")},
		{name: "several of a spread", path: "orders?select=*,...addresses(*)", status: 300, code: several, message: ambiguous("orders", "addresses")},

		{name: "the root before embeds", path: "nothing?select=*,clients(*)", status: 404, code: "PGRST205"},
		{name: "a partition as the root", path: "car_models_2019?select=*,car_brands(*)", status: 404, code: "PGRST205"},
		{name: "PGRST108 before the root", path: "nothing?select=*&clients.id=eq.1", status: 400, code: "PGRST108"},
		{name: "PGRST118", path: "clients?select=*,projects(*)&order=projects(id)", status: 400, code: "PGRST118", message: "A related order on 'projects' is not possible", details: `"'clients' and 'projects' do not form a many-to-one or one-to-one relationship"`},
		{name: "PGRST127", path: "clients?select=*,...projects(id.max())", status: 400, code: "PGRST127", message: "Feature not implemented", details: `"Aggregates are not implemented for one-to-many or many-to-many spreads."`},
		{name: "PGRST125", path: "clients/1/projects", status: 404, code: "PGRST125"},
		{name: "too deep", path: "web_content?select=" + strings.Repeat("p_web_id(", 9) + "id" + strings.Repeat(")", 9), status: 400, code: "PGRST100"},
		{name: "too many", path: "web_content?select=id" + strings.Repeat(",p_web_id(id)", 33), status: 400, code: "PGRST100"},
	})
}
