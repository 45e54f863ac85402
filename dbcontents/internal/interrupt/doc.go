// Package interrupt ends a query at the server when its context ends, when its
// time is up, or when nobody wants the rest. It knows neither what is read nor why.
package interrupt
