package catalog

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// fk is a relationship by a foreign key with these columns, of the source and the target in turn.
func fk(cardinality Cardinality, target, constraint string, columns ...string) *Relationship {
	r := &Relationship{Cardinality: cardinality, Target: Name{"api", target}, Constraint: constraint}
	for i := 0; i < len(columns); i += 2 {
		r.Pairs = append(r.Pairs, [2]string{columns[i], columns[i+1]})
	}
	return r
}

func viewOf(r *Relationship) *Relationship {
	r.View = true
	return r
}

func through(target, junction, first, second string) *Relationship {
	return &Relationship{Cardinality: ManyToMany, Target: Name{"api", target}, Junction: &Junction{
		Name: Name{"api", junction}, SourceConstraint: first, TargetConstraint: second,
		SourcePairs: [][2]string{{"a", "id"}}, TargetPairs: [][2]string{{"b", "id"}},
	}}
}

func TestFind(t *testing.T) {
	t.Parallel()
	client := fk(ManyToOne, "clients", "of_client", "client_id", "id")
	tasks := fk(OneToMany, "tasks", "of_project", "id", "project_id")
	billing := fk(ManyToOne, "addresses", "billing", "billing_id", "id")
	shipping := fk(ManyToOne, "addresses", "shipping", "shipping_id", "id")
	composite := fk(ManyToOne, "sites", "of_site", "x", "a", "y", "b")
	view := viewOf(fk(ManyToOne, "client_names", "of_client_view", "owner_id", "id"))
	users, staff := through("users", "members", "m1", "m2"), through("users", "helpers", "h1", "h2")
	parent := fk(ManyToOne, "projects", "of_parent", "parent_id", "id")
	children := fk(OneToMany, "projects", "of_parent", "id", "parent_id")
	computed := &Relationship{Cardinality: ManyToOne, Target: Name{"api", "tasks"}, Function: "api.latest", FunctionName: "latest"}
	some := []*Relationship{client, tasks, billing, shipping, composite, view, users, staff, parent, children, computed}
	two := append([]*Relationship{fk(ManyToOne, "projects", "of_root", "root_id", "id"), fk(OneToMany, "projects", "of_root", "id", "root_id")}, some...)
	for name, c := range map[string]struct {
		rels        []*Relationship
		table, hint string
		want        *Relationship
		code        string // in place of want
	}{
		"by table":                             {some, "clients", "", client, ""},
		"by constraint":                        {some, "of_client", "", client, ""},
		"by column":                            {some, "client_id", "", client, ""},
		"not by the other end's column":        {some, "project_id", "", nil, "relationship_missing"},
		"two by table":                         {some, "addresses", "", nil, "relationship_ambiguous"},
		"two by constraint":                    {some, "billing", "", billing, ""},
		"two by column":                        {some, "shipping_id", "", shipping, ""},
		"two with a constraint":                {some, "addresses", "billing", billing, ""},
		"two with a source column":             {some, "addresses", "shipping_id", shipping, ""},
		"two with their target column":         {some, "addresses", "id", nil, "relationship_ambiguous"},
		"a hint that nothing has":              {some, "addresses", "of_client", nil, "relationship_missing"},
		"a constraint with a hint":             {some, "billing", "billing", nil, "relationship_missing"},
		"one-to-many by its source column":     {some, "id", "", tasks, ""},
		"one-to-many with the target's column": {some, "tasks", "project_id", tasks, ""},
		"composite by table":                   {some, "sites", "", composite, ""},
		"composite by constraint":              {some, "of_site", "", composite, ""},
		"composite not by a column":            {some, "x", "", nil, "relationship_missing"},
		"a view by its name":                   {some, "client_names", "", view, ""},
		"a view with a constraint":             {some, "client_names", "of_client_view", view, ""},
		"a view not by constraint":             {some, "of_client_view", "", nil, "relationship_missing"},
		"a view not by column":                 {some, "owner_id", "", nil, "relationship_missing"},
		"two junctions":                        {some, "users", "", nil, "relationship_ambiguous"},
		"two with a junction":                  {some, "users", "helpers", staff, ""},
		"not with a junction's constraint":     {some, "users", "h1", nil, "relationship_missing"},
		"children by the table":                {some, "projects", "", children, ""},
		"the parent by its column":             {some, "parent_id", "", parent, ""},
		"not the parent by the constraint":     {some, "of_parent", "", nil, "relationship_missing"},
		"children with a hint":                 {two, "projects", "root_id", two[1], ""},
		"children of two":                      {two, "projects", "", nil, "relationship_ambiguous"},
		"the parent of two":                    {two, "parent_id", "", parent, ""},
		"not children with the constraint":     {two, "projects", "of_root", nil, "relationship_missing"},
		"computed":                             {some, "latest", "", computed, ""},
		"computed with any hint":               {some, "latest", "x", computed, ""},
		"nothing":                              {nil, "clients", "", nil, "relationship_missing"},
	} {
		got, err := Find(c.rels, Name{"api", "projects"}, c.table, c.hint, nil)
		var f *diagnosis.Finding
		code := ""
		if errors.As(err, &f) {
			code = f.Code
		}
		if got != c.want || code != c.code {
			t.Errorf("%s: got %+v, %q, want %+v, %q", name, got, code, c.want, c.code)
		}
	}
}

// What the findings say is PostgREST's text.
func TestFindSays(t *testing.T) {
	t.Parallel()
	rels := []*Relationship{
		fk(ManyToOne, "addresses", "shipping", "shipping_id", "id"),
		fk(ManyToOne, "addresses", "billing", "billing_id", "id"),
		through("addresses", "uses", "u1", "u2"),
		fk(OneToMany, "addresses", `of "<x>"`, "a", "c", "b", "d"),
		fk(ManyToOne, "clients", "of_client", "client_id", "id"),
	}
	type said struct{ Message, Addition, Hint string }
	missing := diagnosis.ByCode("relationship_missing").Hint
	for _, c := range []struct {
		rels        []*Relationship
		table, hint string
		want        said
	}{
		{rels, "client", "", said{
			"Could not find a relationship between 'orders' and 'client' in the schema cache",
			"Searched for a foreign key relationship between 'orders' and 'client' in the schema 'api', but no matches were found.",
			"Perhaps you meant 'clients' instead of 'client'.",
		}},
		{rels, "clients", "of_cliemt", said{
			"Could not find a relationship between 'orders' and 'clients' in the schema cache",
			"Searched for a foreign key relationship between 'orders' and 'clients' using the hint 'of_cliemt' in the schema 'api', but no matches were found.",
			missing,
		}},
		{rels, "weather", "", said{
			"Could not find a relationship between 'orders' and 'weather' in the schema cache",
			"Searched for a foreign key relationship between 'orders' and 'weather' in the schema 'api', but no matches were found.",
			missing,
		}},
		{rels, "addresses", "", said{
			"Could not embed because more than one relationship was found for 'orders' and 'addresses'",
			`[{"cardinality":"one-to-many","embedding":"orders with addresses","relationship":"of \"<x>\" using orders(a, b) and addresses(c, d)"},` +
				`{"cardinality":"many-to-one","embedding":"orders with addresses","relationship":"billing using orders(billing_id) and addresses(id)"},` +
				`{"cardinality":"many-to-one","embedding":"orders with addresses","relationship":"shipping using orders(shipping_id) and addresses(id)"},` +
				`{"cardinality":"many-to-many","embedding":"orders with addresses","relationship":"uses using u1(a) and u2(b)"}]`,
			`Try changing 'addresses' to one of the following: 'addresses!of "<x>"', 'addresses!billing', 'addresses!shipping', 'addresses!uses'.` +
				" Find the desired relationship in the 'details' key.",
		}},
	} {
		_, err := Find(c.rels, Name{"api", "orders"}, c.table, c.hint, nil)
		var f *diagnosis.Finding
		if !errors.As(err, &f) {
			t.Fatalf("%s: %v", c.table, err)
		}
		if diff := cmp.Diff(c.want, said{f.Message, f.Addition, f.Hint}); diff != "" {
			t.Errorf("%s!%s (-want +got):\n%s", c.table, c.hint, diff)
		}
	}
}
