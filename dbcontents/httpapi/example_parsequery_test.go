package httpapi_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Lamp is a row of the table lamps.
type Lamp struct {
	Name  string
	Price float64
}

// A page of a program, whose visitors filter and sort by the query language.
func ExampleParseQuery() {
	db, drop := pgtest.ForExample(`CREATE TABLE lamps (name text PRIMARY KEY, price numeric NOT NULL, cost numeric NOT NULL);
		INSERT INTO lamps VALUES ('desk', 30, 10), ('floor', 90, 40), ('wall', 45, 20)`)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"lamps"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := httpapi.ParseQuery("lamps", r.URL.Query())
		if err == nil {
			q.Select = nil // the columns are the page's business
			q.Allowed = []string{"name", "price"}
			q.Limit = 100
			var lamps []Lamp
			if lamps, err = dbcontents.Read[Lamp](r.Context(), store, q); err == nil {
				fmt.Fprint(w, lamps)
				return
			}
		}
		var e *dbcontents.Error
		if errors.Is(err, dbcontents.ErrInvalid) && errors.As(err, &e) {
			http.Error(w, e.Message, e.HTTPStatus()) // both may be shown
			return
		}
		log.Print(err)
		http.Error(w, "the lamps cannot be shown now", http.StatusServiceUnavailable)
	})
	for _, url := range []string{"/?price=gt.40&order=price", "/?price=over.40", "/?cost=lt.15"} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		fmt.Printf("%.51s\n", w.Body)
	}
	// Output:
	// [{wall 45} {floor 90}]
	// parameter "price": unexpected "over" after "price="
	// column lamps.cost does not exist
}
