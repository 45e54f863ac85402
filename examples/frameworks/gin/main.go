// Gin mounts the contents of a table in a program that uses github.com/gin-gonic/gin:
//
//	DATABASE_URL=postgres://... go run ./gin
//	curl localhost:8080/api/data
package main

import (
	"cmp"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

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
	router := gin.New()
	router.Use(gin.Logger(), gin.Recovery())

	data := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	router.Any("/api/data", gin.WrapH(data))
	router.Any("/api/data/*table", gin.WrapH(data))
	router.GET("/readyz", gin.WrapF(data.Readyz))
	return router
}
