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

// spanOfClient is made once, as each option that is made costs memory.
var spanOfClient = trace.WithSpanKind(trace.SpanKindClient)

// Trace makes a span for each operation of a Store. It is for [dbcontents.Config].
func (t *Telemetry) Trace(ctx context.Context, op dbcontents.Operation) (context.Context, func(dbcontents.Outcome)) {
	start := time.Now()
	alike := op
	alike.SQL, alike.Shape = "", 0
	d := t.operationsAlike.of(alike)
	attributes := d.attributes
	if op.Kind == "read" {
		attributes = append(make([]attribute.KeyValue, 0, len(attributes)+2), attributes...)
		attributes = append(attributes, attribute.String("dbcontents.query.shape", strconv.FormatUint(op.Shape, 16)))
		if !t.omitSQL {
			attributes = append(attributes, semconv.DBQueryText(queryText(op.SQL)))
		}
	}
	ctx, span := t.tracer.Start(ctx, d.name, spanOfClient, trace.WithAttributes(attributes...))
	return ctx, func(o dbcontents.Outcome) {
		defer span.End()
		failure := failureOf(o)
		if op.Kind != "connect" && t.operations.Enabled(ctx) {
			measured := d.measured
			if failure != nil {
				measured = []metric.RecordOption{metric.WithAttributes(append(d.attributes[:len(d.attributes):len(d.attributes)], failure...)...)}
			}
			t.operations.Record(ctx, time.Since(start).Seconds(), measured...)
		}
		if span.IsRecording() {
			if o.Code != "" {
				span.SetStatus(codes.Error, "")
			}
			if op.Kind == "read" {
				failure = annotate(span, o, failure)
			}
			span.SetAttributes(failure...)
		}
	}
}

// describeOperation is what a span has in common with the metric.
func describeOperation(op dbcontents.Operation) *description {
	var name string
	attributes := []attribute.KeyValue{semconv.DBSystemNamePostgreSQL}
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
	return newDescription(name, attributes)
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

// annotate adds what is known of a read at its end, and returns the attributes for it with more.
func annotate(span trace.Span, o dbcontents.Outcome, more []attribute.KeyValue) []attribute.KeyValue {
	attributes := append(make([]attribute.KeyValue, 0, 6), semconv.DBResponseReturnedRows(int(o.Rows)), attribute.Float64("dbcontents.wait", o.Waited.Seconds()))
	if o.Early {
		attributes = append(attributes, attribute.Bool("dbcontents.closed_early", true))
	}
	if o.Retries > 0 {
		attributes = append(attributes, attribute.Int("dbcontents.retries", o.Retries))
		span.AddEvent("retry", trace.WithTimestamp(o.Retried))
	}
	if !o.FirstRow.IsZero() {
		span.AddEvent("first_row", trace.WithTimestamp(o.FirstRow))
	}
	return append(attributes, more...)
}
