package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Book is a row of the table books.
type Book struct {
	Title string
	Price float64
}

// findBooks reads the books that a visitor asks for.
func findBooks(ctx context.Context, store *dbcontents.Store, form url.Values) ([]Book, error) {
	q, err := httpapi.ParseQuery("books", form)
	if err != nil {
		return nil, err
	}
	q.Select = nil // the columns are those of Book
	q.Allowed = []string{"title", "price"}
	q.Limit = 100
	return dbcontents.Read[Book](ctx, store, q)
}

// A page of a program, whose visitors filter and sort by the query language.
func ExampleParseQuery() {
	db, drop := pgtest.ForExample(`CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, price numeric NOT NULL, cost numeric NOT NULL);
		INSERT INTO books VALUES (1, 'Dune', 9.90, 4), (2, 'Emma', 6.50, 2), (3, 'Ulysses', 14.00, 9)`)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"books"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		books, err := findBooks(r.Context(), store, r.URL.Query())
		var e *dbcontents.Error
		switch {
		case err == nil:
			fmt.Fprint(w, books)
		case errors.Is(err, dbcontents.ErrInvalid) && errors.As(err, &e):
			http.Error(w, e.Message, e.HTTPStatus()) // both may be shown
		default:
			log.Print(err)
			http.Error(w, "the books cannot be shown now", http.StatusServiceUnavailable)
		}
	})
	for _, address := range []string{"/?price=gt.7&order=price", "/?price=over.7", "/?cost=lt.3"} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		fmt.Printf("%.51s\n", w.Body)
	}
	// Output:
	// [{Dune 9.9} {Ulysses 14}]
	// parameter "price": unexpected "over" after "price="
	// column books.cost does not exist
}
