package attacks

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What is too much is refused before a connection is taken.
func TestAttack25_TooMuchTakesNoConnection(t *testing.T) {
	begin(t, 25)
	db := pgtest.New(t, "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a)")
	for name, access := range map[string]map[string]httpapi.Access{"": nil, "with Access": {"a": {Columns: []string{"id"}}}} {
		r := build(t, db, dbcontents.Config{Tables: []string{"a"}}, httpapi.Options{Access: access})
		long := strings.Repeat("x", 64)
		for what, query := range map[string]string{
			"embeds": "select=id" + strings.Repeat(",a(id)", 33), "embeds in each other": "select=" + strings.Repeat("a(", 40) + "id" + strings.Repeat(")", 40), "embeds below": "select=a(a(id" + strings.Repeat(",a(id)", 31) + "))",
			"columns": "select=" + strings.Repeat("id,", 700) + "a(" + strings.Repeat("id,", 700) + "id)", "a long name": "select=" + long + "(id)", "a long hint": "select=a!" + long + "(id)", "a long name below": "select=a(" + long + "(id))", "a long alias's filter": "select=a(id)&a." + long + "=eq.1",
			"filters in each other": "select=a(id)&a.or=" + strings.Repeat("(or", 60) + "(id.eq.1)" + strings.Repeat(")", 60), "no name": "select=(id)", "a long query": "select=a(id)&a.id=in.(" + strings.Repeat("1,", 20000) + "1)",
		} {
			if a := r.get("/dbcontents?" + query); a.StatusCode < 400 || a.StatusCode >= 500 {
				t.Errorf("%s %s: %.500s", what, name, a.text())
			}
		}
		if s := r.store.Stats(); s.Connects != 0 || s.Lookups != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// wideSQL has a table with many columns and many that refer to it, and two that refer to each other in
// very many ways.
func wideSQL() string {
	var b strings.Builder
	column := func(n int) string { return fmt.Sprintf("a_column_of_a_wide_table_%d int", n) }
	var columns []string
	for i := range 700 {
		columns = append(columns, column(i))
	}
	fmt.Fprintf(&b, "CREATE TABLE root (id int PRIMARY KEY, %s);", strings.Join(columns, ", "))
	for i := range 8 {
		fmt.Fprintf(&b, "CREATE TABLE kid%d (id int PRIMARY KEY, root_id int REFERENCES root, %s);", i, strings.Join(columns, ", "))
	}
	b.WriteString("CREATE TABLE left_one (id int PRIMARY KEY); CREATE TABLE right_one (id int PRIMARY KEY")
	for i := range 300 {
		fmt.Fprintf(&b, ", c%d int REFERENCES left_one", i)
	}
	b.WriteString("); INSERT INTO root (id) VALUES (1); INSERT INTO kid0 (id, root_id) VALUES (1, 1);")
	return b.String()
}

// Requests of many shapes, each of which asks for as much as it can, leave no more in memory than is
// counted, and that is bounded.
func TestAttack25_ShapesLeaveLittle(t *testing.T) {
	alone(t, 25)
	r := build(t, pgtest.New(t, wideSQL()), dbcontents.Config{AllTables: true, PoolSize: 2}, httpapi.Options{})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	r.get("/dbcontents/root?select=id,kid0(id)&limit=1")
	before, found := heap(), 0
	for i := range 40 {
		for _, embeds := range []int{8, 31} {
			var list []string
			for n := range embeds {
				list = append(list, fmt.Sprintf("e%d:kid%d(*)", n, (i+n)%8))
			}
			a := r.get(fmt.Sprintf("/dbcontents/root?select=x%d:id,%s&limit=1", i, strings.Join(list, ",")))
			switch {
			case a.StatusCode == 200:
				found++
			case a.StatusCode != 400:
				t.Fatal(a.text())
			}
			if embeds == 31 && a.StatusCode == 200 {
				t.Fatalf("%d columns are read", 31*702)
			}
		}
	}
	s, grown := r.store.Stats(), int64(heap()-before)
	if found != 40 || s.PlanBytes > 32<<20 || s.Plans < 8 || grown > 2*s.PlanBytes+16<<20 {
		t.Errorf("%d plans are counted with %d MiB, the heap has grown by %d MiB; %d found", s.Plans, s.PlanBytes>>20, grown>>20, found)
	}
}

// The answer to an ambiguous name is as large as the database makes it, and no larger for the request; and
// names that lead nowhere are not looked up again and again.
func TestAttack25_NamesCostLittle(t *testing.T) {
	begin(t, 25)
	r := build(t, pgtest.New(t, wideSQL()), dbcontents.Config{AllTables: true, PoolSize: 2}, httpapi.Options{})
	a := r.get("/dbcontents/left_one?select=right_one(*)")
	if a.StatusCode != 300 || len(a.body) > 100<<10 {
		t.Errorf("%d bytes: %.300s", len(a.body), a.text())
	}
	r.get("/dbcontents/left_one?select=id,nothing(*)")
	for _, path := range []string{"left_one?select=id,nothing%d(*)", "left_one?select=id,right_one!nothing%d(*)", "right_one?select=id,left_one(id,no%d(*))", "nothing%d?select=id,no(*)", "left_one?select=id,right_one(no%d)"} {
		before, start := r.store.Stats().Lookups, time.Now()
		for i := range 300 {
			if a := r.get("/dbcontents/" + fmt.Sprintf(path, i)); a.StatusCode < 300 || a.StatusCode >= 500 {
				t.Fatal(a.text())
			}
		}
		// What is wrong is looked up anew once a second: two tables, and the relationships of both.
		most := 8 + int64(4*time.Since(start).Seconds())
		if n := r.store.Stats().Lookups - before; n > most && !strings.HasPrefix(path, "nothing") {
			t.Errorf("%s: %d look-ups in %v", path, n, time.Since(start))
		}
	}
}
