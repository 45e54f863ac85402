// Package openapitest checks the OpenAPI documents of package httpapi by the libraries of others. It contains
// only tests, and is a module of its own, so that these libraries are no dependency of the others.
package openapitest
