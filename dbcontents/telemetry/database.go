package telemetry

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// defaultPort is PostgreSQL's, which spans leave out.
const defaultPort = 5432

// maxQueryText is how many bytes of the SQL a span has. A statement may be as long as the request that asks for
// it, and thousands of spans may wait in memory until they are sent.
const maxQueryText = 2 << 10

// queryText is the beginning of the SQL. It is a copy, so that the span does not keep all of it.
func queryText(sql string) string {
	if len(sql) <= maxQueryText {
		return sql
	}
	n := maxQueryText
	for n > 0 && !utf8.RuneStart(sql[n]) {
		n--
	}
	return strings.Clone(sql[:n])
}

// Trace makes a span for each operation of a Store. It is for [dbcontents.Config].
func (t *Telemetry) Trace(ctx context.Context, op dbcontents.Operation) (context.Context, func(dbcontents.Outcome)) {
	start := time.Now()
	name, common := describe(op)
	attributes := common
	if op.Kind == "read" {
		attributes = append(attributes[:len(attributes):len(attributes)], attribute.String("dbcontents.query.shape", strconv.FormatUint(op.Shape, 16)))
		if !t.omitSQL {
			attributes = append(attributes, semconv.DBQueryText(queryText(op.SQL)))
		}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(start), trace.WithAttributes(attributes...))
	return ctx, func(o dbcontents.Outcome) {
		end := time.Now()
		failure := failureOf(o)
		if op.Kind != "connect" && t.operations.Enabled(ctx) {
			t.operations.Record(ctx, end.Sub(start).Seconds(), metric.WithAttributes(append(common[:len(common):len(common)], failure...)...))
		}
		if span.IsRecording() {
			span.SetAttributes(failure...)
			if o.Code != "" {
				span.SetStatus(codes.Error, "")
			}
			if op.Kind == "read" {
				annotate(span, o)
			}
		}
		span.End(trace.WithTimestamp(end))
	}
}

// describe is the name of a span, and the attributes that it has in common with the metric.
func describe(op dbcontents.Operation) (name string, attributes []attribute.KeyValue) {
	attributes = append(make([]attribute.KeyValue, 0, 10), semconv.DBSystemNamePostgreSQL)
	namespace := op.Database
	if op.Schema != "" {
		namespace = strings.TrimPrefix(op.Database+"|"+op.Schema, "|")
	}
	if namespace != "" {
		attributes = append(attributes, semconv.DBNamespace(namespace))
	}
	switch {
	case op.Kind == "connect":
		name = "connect"
	case op.Kind == "catalog":
		name = "SELECT pg_catalog"
	case op.Function != "":
		name = "SELECT " + op.Function
		attributes = append(attributes, semconv.DBStoredProcedureName(op.Function))
	default:
		name = "SELECT " + op.Table
		attributes = append(attributes, semconv.DBCollectionName(op.Table))
	}
	if op.Kind != "connect" {
		attributes = append(attributes, semconv.DBOperationName("SELECT"), semconv.DBQuerySummary(name))
	}
	if op.Host != "" {
		attributes = append(attributes, semconv.ServerAddress(op.Host))
		if op.Port != defaultPort && !strings.HasPrefix(op.Host, "/") && !strings.HasPrefix(op.Host, "@") { // a socket has none
			attributes = append(attributes, semconv.ServerPort(int(op.Port)))
		}
	}
	return name, attributes
}

// failureOf are the attributes of what went wrong, none for a success.
func failureOf(o dbcontents.Outcome) []attribute.KeyValue {
	switch {
	case o.SQLState != "":
		return []attribute.KeyValue{semconv.DBResponseStatusCode(o.SQLState), semconv.ErrorTypeKey.String(o.SQLState)}
	case o.Code != "":
		return []attribute.KeyValue{semconv.ErrorTypeKey.String(o.Code)}
	}
	return nil
}

// annotate adds what is known of a read at its end.
func annotate(span trace.Span, o dbcontents.Outcome) {
	span.SetAttributes(semconv.DBResponseReturnedRows(int(o.Rows)), attribute.Float64("dbcontents.wait", o.Waited.Seconds()))
	if o.Early {
		span.SetAttributes(attribute.Bool("dbcontents.closed_early", true))
	}
	if o.Retries > 0 {
		span.SetAttributes(attribute.Int("dbcontents.retries", o.Retries))
		span.AddEvent("retry", trace.WithTimestamp(o.Retried))
	}
	if !o.FirstRow.IsZero() {
		span.AddEvent("first_row", trace.WithTimestamp(o.FirstRow))
	}
}
