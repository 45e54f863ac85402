// Chi mounts the contents of a table in a program that uses github.com/go-chi/chi:
//
//	DATABASE_URL=postgres://... go run ./chi
//	curl localhost:8080/api/data
package main

import (
	"cmp"
	"log"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func main() {
	store, err := dbcontents.Open(dbcontents.Config{ConnString: os.Getenv("DATABASE_URL"), Tables: []string{"books"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	log.Fatal(http.ListenAndServe(cmp.Or(os.Getenv("ADDR"), "localhost:8080"), routes(store)))
}

func routes(store *dbcontents.Store) http.Handler {
	router := chi.NewRouter()
	router.Use(middleware.RequestID, middleware.Logger, middleware.Recoverer)

	data := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	router.Handle("/api/data", data)
	router.Handle("/api/data/*", data)
	router.Get("/readyz", data.Readyz)
	return router
}
