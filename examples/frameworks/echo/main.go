// Echo mounts the contents of a table in a program that uses github.com/labstack/echo:
//
//	DATABASE_URL=postgres://... go run ./echo
//	curl localhost:8080/api/data
package main

import (
	"cmp"
	"log"
	"net/http"
	"os"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

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
	e := echo.New()
	e.Use(middleware.RequestLogger(), middleware.Recover())

	data := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	e.Any("/api/data", echo.WrapHandler(data))
	e.Any("/api/data/*", echo.WrapHandler(data))
	e.GET("/readyz", echo.WrapHandler(http.HandlerFunc(data.Readyz)))
	return e
}
