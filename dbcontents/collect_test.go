package dbcontents_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const bookshelf = `CREATE TABLE test_table (id int PRIMARY KEY, title text NOT NULL, sold_at date, price numeric(8,2), tags text[], about jsonb);
INSERT INTO test_table VALUES (1, 'Go', '2026-01-02', 12.50, '{a,b}', '{"pages": 300}'), (2, 'SQL', NULL, NULL, NULL, NULL);
CREATE FUNCTION shout(test_table) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.title)'`

func collected[T any](t *testing.T, s *dbcontents.Store, columns ...string) ([]T, error) {
	t.Helper()
	rows, err := s.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns(columns...), Order: []dbcontents.Order{{Column: "id"}}})
	if err != nil {
		t.Fatal(err)
	}
	return dbcontents.Collect[T](rows)
}

// key and Titled are embedded below.
type key struct{ ID int }

type Titled struct{ Title string }

func TestCollectForms(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	type tagged struct {
		key
		*Titled
		Sold   *time.Time `db:"sold_at" json:"title"`
		Amount *string    `json:"price"`
		Price  string     `json:"-"`
		TAGS   []string
		Skip   string `db:"-"`
	}
	price := "12.50"
	sold := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	want := []*tagged{
		{key{1}, &Titled{"Go"}, &sold, &price, "", []string{"a", "b"}, ""},
		{key{2}, &Titled{"SQL"}, nil, nil, "", nil, ""},
	}
	got, err := collected[*tagged](t, s, "id", "title", "sold_at", "price", "tags")
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tagged{}), cmp.Comparer(time.Time.Equal)); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	maps, err := collected[map[string]any](t, s, "id", "title", "sold_at", "price", "about")
	if diff := cmp.Diff([]map[string]any{
		{"id": int64(1), "title": "Go", "sold_at": sold, "price": "12.50", "about": json.RawMessage(`{"pages": 300}`)},
		{"id": int64(2), "title": "SQL", "sold_at": nil, "price": nil, "about": nil},
	}, maps); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	type pages map[string]int
	about, err := collected[pages](t, s, "about")
	if diff := cmp.Diff([]pages{{"pages": 300}, nil}, about); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	texts, err := collected[*string](t, s, "price")
	if diff := cmp.Diff([]*string{&price, nil}, texts); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

// A field belongs to one column: a tag db decides before a tag json, and that before the name.
func TestCollectPrecedence(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, `CREATE TABLE test_table AS SELECT 1 AS id, 2 AS user_id, 3 AS a, 4 AS b`)
	type row struct {
		UserID int `json:"id"`
		ID     int `json:"user_id"`
		A      int `db:"b"`
		B      int
		X      int `json:"a"`
	}
	got, err := collected[row](t, s, "user_id", "id", "a", "b")
	if diff := cmp.Diff([]row{{UserID: 1, ID: 2, A: 4, X: 3}}, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

func wantCollect[T any](t *testing.T, s *dbcontents.Store, detail, hint string, columns ...string) {
	t.Helper()
	_, err := collected[T](t, s, columns...)
	var e *dbcontents.Error
	if !errors.As(err, &e) || !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(e.Detail, detail) || !strings.Contains(e.Hint, hint) {
		t.Errorf("%v\nhint: %v\nwant %s\nhint: %s", err, e, detail, hint)
	} else {
		t.Logf("%v\nhint: %s", err, e.Hint)
	}
}

func TestCollectErrors(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	type total struct{ Price int }
	wantCollect[total](t, s, `column "price" of type numeric does not fit the field total.Price of type int`, "such as string, float64 or pgtype.Numeric", "price")
	type typed struct{ Title int }
	wantCollect[typed](t, s, `column "title" of type text does not fit the field typed.Title of type int`, "such as string", "title")
	type sale struct{ SoldAt time.Time }
	wantCollect[sale](t, s, `column "sold_at" is null, which does not fit the field sale.SoldAt of type time.Time`, "such as *time.Time", "sold_at")
	wantCollect[struct{ About int }](t, s, `column "about" of type jsonb does not fit the field About of type int: `, "json.RawMessage", "about")
	wantCollect[string](t, s, `column "price" is null, which does not fit string`, "*string", "price")
	wantCollect[int](t, s, `column "title" of type text does not fit int`, "such as string", "title")
	wantCollect[string](t, s, `2 columns do not fit one string; select one column`, "", "id", "title")
	wantCollect[total](t, s, `there is no field in dbcontents_test.total for the column "title"`, "leave the column out of Query.Select", "price", "title")
}

// The fields of an embedded struct that a tag db names, or leaves out, are not those of the struct around it.
func TestCollectTaggedEmbedding(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	type without struct {
		ID     int
		Titled `db:"-"`
	}
	wantCollect[without](t, s, `there is no field in dbcontents_test.without for the column "title"`, "", "id", "title")
	type document struct{ Pages int }
	type named struct {
		ID       int
		document `db:"about"`
	}
	wantCollect[named](t, s, `there is no field in dbcontents_test.named for the column "about"`, "", "id", "about")
	type Document struct{ Pages int }
	type book struct {
		ID       int
		Document `db:"about"`
	}
	got, err := collected[book](t, s, "id")
	if diff := cmp.Diff([]book{{ID: 1}, {ID: 2}}, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	s, db := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	type book struct {
		Title string
		Loud  string `db:"shout"`
		Local int
	}
	for range 2 { // a column that is new breaks nobody
		got, err := dbcontents.Read[book](t.Context(), s, dbcontents.Query{Order: []dbcontents.Order{{Column: "id"}}})
		if diff := cmp.Diff([]book{{"Go", "GO", 0}, {"SQL", "SQL", 0}}, got); err != nil || diff != "" {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
		db.Exec("ALTER TABLE test_table ADD COLUMN IF NOT EXISTS secret text")
	}
	titles, err := dbcontents.Read[string](t.Context(), s, dbcontents.Query{Select: dbcontents.Columns("title"), Where: dbcontents.Where("id", "eq", 1)})
	if diff := cmp.Diff([]string{"Go"}, titles); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	maps, err := dbcontents.Read[map[string]any](t.Context(), s, dbcontents.Query{Limit: 1, Allowed: []string{"id", "title"}})
	if err != nil || len(maps) != 1 || len(maps[0]) != 2 {
		t.Errorf("%v, %v", maps, err)
	}
	// What is not allowed is not selected, and what a tag names must be there.
	type most struct {
		ID    int
		Price *string
	}
	some, err := dbcontents.Read[most](t.Context(), s, dbcontents.Query{Where: dbcontents.Where("id", "eq", 1), Allowed: []string{"id"}})
	if diff := cmp.Diff([]most{{ID: 1}}, some); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	type wrong struct {
		ID    int
		Titel string `db:"titel"`
	}
	if _, err := dbcontents.Read[wrong](t.Context(), s, dbcontents.Query{}); codeOfError(err) != "column_unknown" {
		t.Errorf("%v", err)
	}
	type none struct{ Name string }
	if _, err := dbcontents.Read[none](t.Context(), s, dbcontents.Query{}); !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(err.Error(), "no field of dbcontents_test.none has the name of a column") {
		t.Errorf("%v", err)
	}
	type nested struct {
		ID      int
		Authors []none
	}
	if _, err := dbcontents.Read[nested](t.Context(), s, dbcontents.Query{}); !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(err.Error(), "the field nested.Authors is for rows of a related table") {
		t.Errorf("%v", err)
	}
	if _, err := dbcontents.Read[book](t.Context(), s, dbcontents.Query{Table: "absent"}); !errors.Is(err, dbcontents.ErrNoTable) {
		t.Errorf("%v", err)
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	s, db := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	capped, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table"}, MaxRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer capped.Close()
	for _, s := range []*dbcontents.Store{s, capped} {
		got, err := dbcontents.One[Titled](t.Context(), s, dbcontents.Query{Where: dbcontents.Where("id", "eq", 2)})
		if err != nil || got.Title != "SQL" {
			t.Errorf("%v, %v", got, err)
		}
		for id, says := range map[string]string{"gt": "no row", "lte": "more than one row"} {
			got, err := dbcontents.One[*Titled](t.Context(), s, dbcontents.Query{Where: dbcontents.Where("id", dbcontents.Op(id), 2)})
			if codeOfError(err) != "not_one_row" || !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(err.Error(), says) || got != nil {
				t.Errorf("%v, %v, want %s", got, err, says)
			}
		}
		// Without a limit the first of many is not the one; with it, it is.
		if got, err := dbcontents.One[Titled](t.Context(), s, dbcontents.Query{Order: []dbcontents.Order{{Column: "id"}}, Limit: 1}); err != nil || got.Title != "Go" {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestStoreCount(t *testing.T) {
	t.Parallel()
	s, db := open(t, dbcontents.Config{Tables: []string{"test_table"}}, bookshelf)
	capped, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table"}, MaxRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer capped.Close()
	for _, s := range []*dbcontents.Store{s, capped} {
		for _, q := range []dbcontents.Query{{}, {Limit: 1, Offset: 5, Format: dbcontents.CSV, Count: dbcontents.CountPlanned, Pages: true, Order: []dbcontents.Order{{Column: "id"}}}} {
			if n, err := s.Count(t.Context(), q); n != 2 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		if n, err := s.Count(t.Context(), dbcontents.Query{Where: dbcontents.Where("price", "is", nil)}); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := s.Count(t.Context(), dbcontents.Query{Table: "absent"}); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Errorf("%v", err)
		}
	}
	only := s.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"test_table": {Where: dbcontents.Where("id", "eq", 1)}}})
	if n, err := only.Count(t.Context(), dbcontents.Query{}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// codeOfError is the Code of an Error.
func codeOfError(err error) string {
	var e *dbcontents.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}
