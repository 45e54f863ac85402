// Package encode writes values, as they come over PostgreSQL's wire, as JSON,
// NDJSON, CSV, text and Go values. It knows neither connections nor tables.
package encode
