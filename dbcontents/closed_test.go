package dbcontents_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const joined = `
	CREATE TABLE people (id int PRIMARY KEY, name text); CREATE TABLE clinics (id int PRIMARY KEY, name text);
	CREATE TABLE patients (person int REFERENCES people, clinic int REFERENCES clinics, PRIMARY KEY (person, clinic));
	CREATE TABLE guests (person int REFERENCES people, clinic int REFERENCES clinics, since int, PRIMARY KEY (person, clinic));
	INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob'); INSERT INTO clinics VALUES (7, 'North');
	INSERT INTO patients VALUES (2, 7); INSERT INTO guests VALUES (1, 7)`

// A grant of no columns closes a table: nothing is related by it, and no list has its name.
func TestGrantOfNoColumns(t *testing.T) {
	t.Parallel()
	for reason, columns := range map[string][]string{"none": {}, "none that there is": {"nothing"}} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			all, _ := open(t, dbcontents.Config{AllTables: true}, joined)
			s := all.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"people": {}, "clinics": {Columns: []string{"name"}}, "patients": {Columns: columns}}})
			if _, err := s.Table(t.Context(), "", "patients"); !errors.Is(err, dbcontents.ErrDenied) {
				t.Errorf("the table: %v", err)
			}
			if names := s.Names(); slices.Contains(names, "patients") || !slices.Contains(names, "people") {
				t.Errorf("the names: %q", names)
			}
			_, err := s.Query(t.Context(), dbcontents.Query{Table: "people", Select: []dbcontents.Field{dbcontents.Embed("clinics")}})
			var e *dbcontents.Error
			if !errors.As(err, &e) || e.Code != "relationship_missing" || strings.Contains(e.Hint+e.Addition, "patients") {
				t.Errorf("an embed: %v", err)
			}
		})
	}
}

// Related finds a way that allow-lists leave, and the Query takes this one or none.
func TestRelatedPinsItsWay(t *testing.T) {
	t.Parallel()
	s, db := open(t, dbcontents.Config{AllTables: true}, joined)
	people, err := s.Table(t.Context(), "", "people")
	if err != nil {
		t.Fatal(err)
	}
	embed := dbcontents.Embed("clinics", dbcontents.Columns("name")...)
	var asked []string
	embed.Embed.Target, err = s.Related(t.Context(), people, embed.Embed, func(t *dbcontents.Table) []string {
		asked = append(asked, t.String())
		switch t.Name {
		case "patients":
			return []string{}
		case "guests":
			return []string{"since"}
		}
		return nil
	})
	if err != nil || embed.Embed.Target.String() != "public.clinics" || !slices.Contains(asked, "public.patients") {
		t.Fatalf("%v, %v, asked for %q", embed.Embed.Target, err, asked)
	}
	type person struct {
		Name    string
		Clinics []struct{ Name string }
	}
	q := dbcontents.Query{Table: "people", Select: append(dbcontents.Columns("name"), embed), Order: []dbcontents.Order{{Column: "id"}}}
	rows, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dbcontents.Collect[person](rows)
	if diff := cmp.Diff([]person{{"Ann", []struct{ Name string }{{"North"}}}, {"Bob", []struct{ Name string }{}}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := db.Conn().Exec(t.Context(), "DROP TABLE guests"); err != nil {
		t.Fatal(err)
	}
	rows, err = s.Query(t.Context(), q)
	if err == nil {
		_, err = dbcontents.Collect[person](rows)
	}
	if err == nil {
		t.Error("read by another way")
	}
}
