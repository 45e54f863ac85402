package compile

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// The tables of a shop. An order has one customer, many items, and by way of labels many tags.
var (
	customers = &catalog.Table{
		Schema: "public", Name: "customers", Kind: "table", Plain: true, PrimaryKey: []string{"id"},
		Columns:  []catalog.Column{plainColumn("id", "integer", pgtype.Int4OID, true), plainColumn("name", "text", pgtype.TextOID, true), plainColumn("secret", "text", pgtype.TextOID, false)},
		Computed: []catalog.Column{{Name: "label", Type: "text", OID: pgtype.TextOID, Function: "public.label", Comparison: base}},
	}
	orders = &catalog.Table{
		Schema: "public", Name: "orders", Kind: "table", Plain: true, PrimaryKey: []string{"id"},
		Columns: []catalog.Column{
			plainColumn("id", "integer", pgtype.Int4OID, true), plainColumn("customer_id", "integer", pgtype.Int4OID, false),
			plainColumn("total", "numeric", pgtype.NumericOID, false), plainColumn("placed", "timestamp with time zone", pgtype.TimestamptzOID, false),
		},
	}
	items = &catalog.Table{
		Schema: "public", Name: "items", Kind: "table", Plain: true, PrimaryKey: []string{"order_id", "line"},
		Columns: []catalog.Column{plainColumn("order_id", "integer", pgtype.Int4OID, true), plainColumn("line", "integer", pgtype.Int4OID, true), plainColumn("doc", "jsonb", pgtype.JSONBOID, false)},
	}
	tags = &catalog.Table{
		Schema: "public", Name: "tags", Kind: "table", Plain: true, PrimaryKey: []string{"id"},
		Columns: []catalog.Column{plainColumn("id", "integer", pgtype.Int4OID, true), plainColumn("name", "text", pgtype.TextOID, true)},
	}
	labels = &catalog.Table{
		Schema: "public", Name: "labels", Kind: "table", Plain: true, PrimaryKey: []string{"order_id", "tag_id"},
		Columns: []catalog.Column{plainColumn("order_id", "integer", pgtype.Int4OID, true), plainColumn("tag_id", "integer", pgtype.Int4OID, true)},
	}
	people = &catalog.Table{Schema: "public", Name: "people", Kind: "view", Columns: customers.Columns}
)

// embed is a field for rows of a related table, as a request knows it once it has found
// the relationship.
func embed(of *catalog.Table, via catalog.Relationship, fields ...Field) Field {
	via.Target, via.View = catalog.Name{Schema: of.Schema, Name: of.Name}, of.Kind == "view"
	e := &Embed{Table: of.Name, Select: fields, Via: &via, Of: of}
	if via.Junction != nil {
		e.Through = labels
	}
	return Field{Embed: e}
}

var (
	ofCustomer = catalog.Relationship{Cardinality: catalog.OneToMany, Constraint: "placed_by", Inverse: true, Pairs: [][2]string{{"id", "customer_id"}}}
	byCustomer = catalog.Relationship{Cardinality: catalog.ManyToOne, Constraint: "placed_by", Pairs: [][2]string{{"customer_id", "id"}}}
	ofOrder    = catalog.Relationship{Cardinality: catalog.OneToMany, Constraint: "item_of", Inverse: true, Pairs: [][2]string{{"id", "order_id"}}}
	labelled   = catalog.Relationship{Cardinality: catalog.ManyToMany, Junction: &catalog.Junction{
		Name: catalog.Name{Schema: "public", Name: "labels"}, SourceConstraint: "labels_order", TargetConstraint: "labels_tag",
		SourcePairs: [][2]string{{"order_id", "id"}}, TargetPairs: [][2]string{{"tag_id", "id"}},
	}}
	favourite = catalog.Relationship{Cardinality: catalog.ManyToOne, Function: "public.favourite", FunctionName: "favourite"}
	recent    = catalog.Relationship{Cardinality: catalog.OneToMany, Function: "public.recent", FunctionName: "recent"}
)

func theCustomer(names ...string) Field { return embed(customers, byCustomer, columns(names...)...) }
func theOrders(names ...string) Field   { return embed(orders, ofCustomer, columns(names...)...) }
func theItems(names ...string) Field    { return embed(items, ofOrder, columns(names...)...) }
func theTags(names ...string) Field     { return embed(tags, labelled, columns(names...)...) }

// with changes an embed.
func with(f Field, change func(*Embed)) Field {
	change(f.Embed)
	return f
}

func inner(e *Embed)  { e.Inner = true }
func spread(e *Embed) { e.Spread = true }

// alsoEmbeds is id and more.
func alsoEmbeds(fields ...Field) Query {
	return Query{Select: append(columns("id"), fields...), Format: encode.JSON}
}

// relatedPage is a page by token.
func relatedPage(q Query, back bool, values ...string) Query {
	q.Pages, q.Limit = true, 10
	q.After = tokenAfter(orders, q, back, values...)
	return q
}

// changed is q with something else.
func changed(q Query, change func(*Query)) Query {
	change(&q)
	return q
}

var goldenRelated = append(levelQueries(), []goldenQuery{
	{name: "order by a column of one", table: orders, query: changed(alsoEmbeds(theCustomer("id")), func(q *Query) {
		q.Order, q.Limit = []Order{{Column: "name", Embed: "customers", Desc: true, Nulls: NullsLast}, {Column: "id"}}, 5
	})},
	{name: "order of many by a column of one", table: customers, query: alsoEmbeds(with(embed(orders, ofCustomer, columns("id")[0], theCustomer()), func(e *Embed) {
		e.Select[1].Embed.Select, e.Order = []Field{}, []Order{{Column: "name", Embed: "customers"}}
	}))},
	{name: "order by a column of many", table: customers, query: changed(alsoEmbeds(theOrders("id")), func(q *Query) { q.Order = []Order{{Column: "id", Embed: "orders"}} })},
	{name: "a limit and an offset are of the rows around which the others are put", table: orders, query: changed(alsoEmbeds(theCustomer("name"), theItems("line")), func(q *Query) {
		q.Where, q.Order, q.Limit, q.Offset = on("total", "gt", 7), by("placed"), 10, 20
	})},
	{name: "an exact count is of the parents", table: customers, query: changed(alsoEmbeds(with(theOrders("id"), inner)), func(q *Query) { q.Count, q.Limit = Exact, 1 })},
	{name: "an exact count does without an embed that leaves no row out", table: customers, query: changed(alsoEmbeds(theOrders("id")), func(q *Query) { q.Count = Exact })},
	{name: "the first page", table: orders, query: changed(alsoEmbeds(theItems("line")), func(q *Query) { q.Pages, q.Limit = true, 10 })},
	{name: "a page after a row", table: orders, query: relatedPage(alsoEmbeds(theItems("line")), false, "17")},
	{name: "a page before a row", table: orders, query: relatedPage(alsoEmbeds(theItems("line")), true, "17")},
	{name: "a page after a row, inner, with a value that can be null", table: orders, query: relatedPage(changed(alsoEmbeds(with(theCustomer("name"), inner)), func(q *Query) { q.Order = by("total") }), false, "1.5", "17")},
	{name: "pages by a column of one", table: orders, query: changed(alsoEmbeds(theCustomer("id")), func(q *Query) { q.Pages, q.Order = true, []Order{{Column: "name", Embed: "customers"}} })},

	{name: "a computed to-one", table: orders, query: alsoEmbeds(embed(customers, favourite, columns("name", "label")...))},
	{name: "a computed to-many", table: customers, query: alsoEmbeds(embed(orders, recent, columns("id")...))},
	{name: "a computed to-many below a to-one", table: orders, query: alsoEmbeds(embed(customers, byCustomer, columns("name")[0], embed(orders, recent, columns("id")...)))},
	{name: "a view may have several rows for one", table: orders, query: alsoEmbeds(embed(people, byCustomer, columns("name")...))},
	{name: "a view, inner, sorted", table: orders, query: alsoEmbeds(with(embed(people, byCustomer, columns("name")...), func(e *Embed) { e.Inner, e.Order = true, by("name") }))},

	{name: "mandatory filters on each level", table: orders, query: changed(alsoEmbeds(
		with(theCustomer("name"), func(e *Embed) { e.Mandatory, e.Where = on("secret", "eq", "c"), on("label", "eq", "x") }),
		with(theItems("line"), func(e *Embed) { e.Mandatory, e.Inner = on("line", "lt", 9), true }),
		with(theTags("name"), func(e *Embed) { e.Mandatory, e.ThroughMandatory = on("name", "neq", "t"), on("tag_id", "gt", 3) })),
		func(q *Query) { q.Mandatory, q.Where, q.Count = on("total", "gt", 1), on("id", "gt", 2), Exact })},
	{name: "what an allow-list of a level hides", table: orders, query: alsoEmbeds(with(theCustomer("secret"), func(e *Embed) { e.Readable, e.Of = []string{"id", "name"}, customers.Only([]string{"id", "name"}) }))},
	{name: "all columns of an allow-list, joined by one that it hides", table: orders, query: alsoEmbeds(with(theCustomer(), func(e *Embed) {
		e.Select, e.Readable, e.Of = nil, []string{"name"}, customers.Only([]string{"name"})
	}))},
	{name: "MaxRows reads one row more, which tells", table: customers, query: alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.MaxRows = 100 }))},
	{name: "MaxRows and a smaller limit", table: customers, query: alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.MaxRows, e.Limit = 100, 3 }))},
	{name: "MaxRows and a greater limit", table: customers, query: alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.MaxRows, e.Limit = 100, 300 }))},

	{name: "an aggregate of many", table: customers, query: alsoEmbeds(embed(orders, ofCustomer, Field{Column: "total", Aggregate: "sum"}))},
	{name: "an aggregate of many in groups, sorted by its name", table: customers, query: alsoEmbeds(with(embed(orders, ofCustomer, Field{Column: "placed"}, Field{Aggregate: "count"}), func(e *Embed) {
		e.Order, e.Limit = []Order{{Column: "count", Desc: true}}, 3
	}))},
	{name: "the count of old clients", table: customers, query: alsoEmbeds(theOrders("count"))},
	{name: "an aggregate of one", table: orders, query: alsoEmbeds(embed(customers, byCustomer, Field{Aggregate: "count"}))},
	{name: "an aggregate is hoisted from a spread", table: orders, query: Query{Format: encode.JSON, Select: []Field{
		{Column: "total", Aggregate: "sum"}, with(embed(customers, byCustomer, Field{Column: "name"}, Field{Aggregate: "count", Alias: "n"}), spread),
	}, Order: by("n")}},
	{name: "an aggregate is hoisted to a level of many", table: customers, query: alsoEmbeds(embed(orders, ofCustomer, Field{Column: "placed"}, with(embed(customers, byCustomer, Field{Column: "name", Aggregate: "max"}), spread)))},
	{name: "an embed groups rows, too", table: orders, query: Query{Format: encode.JSON, Select: []Field{{Aggregate: "count"}, theCustomer("name"), theItems("line", "doc")}}},
	{name: "an aggregate in a spread of many", table: customers, query: alsoEmbeds(with(embed(orders, ofCustomer, Field{Aggregate: "count"}), spread))},
	{name: "binary", table: orders, query: Query{Format: encode.Binary, Select: []Field{theCustomer("name")}}},
}...)

// levelQueries have what each kind of embed reads.
func levelQueries() []goldenQuery {
	nested := func() Field { return embed(orders, ofCustomer, columns("id")[0], theItems("line"), theTags("name")) }
	filtered := func(f Field) Field {
		return with(f, func(e *Embed) { e.Where, e.Order, e.Limit, e.Offset = on("id", "gt", 5), by("id"), 3, 1 })
	}
	count := func(embed string) Field { return Field{Column: embed, Aggregate: "count"} }
	empty := func(f Field) Field { f.Embed.Select = []Field{}; return f }
	return []goldenQuery{
		{name: "to one", table: orders, query: alsoEmbeds(theCustomer("name"))},
		{name: "to one, all columns, as Go values", table: orders, query: Query{Select: []Field{{}, with(theCustomer(), func(e *Embed) { e.Select = nil })}}},
		{name: "to one, all columns but one", table: orders, query: alsoEmbeds(embed(customers, byCustomer, Field{}, Field{Column: "secret", Omit: true}))},
		{name: "to one, with a filter", table: orders, query: alsoEmbeds(with(theCustomer("name"), func(e *Embed) { e.Where = on("name", "like", "A*") }))},
		{name: "to one, with a filter, an order and limits", table: orders, query: alsoEmbeds(filtered(theCustomer("name")))},
		{name: "to one and to one", table: items, query: Query{Format: encode.JSON, Select: []Field{{Column: "line"}, embed(orders, catalog.Relationship{Cardinality: catalog.ManyToOne, Pairs: [][2]string{{"order_id", "id"}}}, columns("id")[0], theCustomer("name"))}}},
		{name: "to one, an alias, as CSV", table: orders, query: changed(alsoEmbeds(theCustomer("name")), func(q *Query) { q.Select[1].Alias, q.Format = "who", encode.CSV })},
		{name: "to many", table: customers, query: alsoEmbeds(theOrders("id", "total"))},
		{name: "to many, with a filter, an order and limits", table: customers, query: alsoEmbeds(filtered(theOrders("id")))},
		{name: "to many, no rows", table: customers, query: alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.Limit = -1 }))},
		{name: "to many, times in a zone", table: customers, query: changed(alsoEmbeds(theOrders("placed")), func(q *Query) { q.TimeZone = "Europe/Berlin" })},
		{name: "to many by a junction", table: orders, query: alsoEmbeds(theTags("name"))},
		{name: "to many by a junction, with a filter, an order and limits", table: orders, query: alsoEmbeds(filtered(theTags("name")))},
		{name: "nested", table: customers, query: alsoEmbeds(nested())},
		{name: "the same table twice", table: customers, query: alsoEmbeds(theOrders("id"), func() Field { f := filtered(theOrders("total")); f.Alias = "some"; return f }())},

		{name: "inner to one", table: orders, query: alsoEmbeds(with(theCustomer("name"), inner))},
		{name: "inner to many, with a filter", table: customers, query: alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.Inner, e.Where = true, on("total", "gt", 9) }))},
		{name: "inner by a junction", table: orders, query: alsoEmbeds(with(theTags("name"), inner))},
		{name: "inner in inner", table: customers, query: alsoEmbeds(with(embed(orders, ofCustomer, columns("id")[0], with(theItems("line"), inner)), inner))},
		{name: "inner, empty", table: customers, query: alsoEmbeds(empty(with(theOrders(), inner)))},
		{name: "empty", table: customers, query: alsoEmbeds(empty(theOrders()))},

		{name: "rows without related ones", table: customers, query: changed(alsoEmbeds(empty(theOrders())), func(q *Query) { q.Where = on("orders", "is", nil) })},
		{name: "rows with related ones, or a value", table: customers, query: changed(alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.Where = on("total", "gt", 9) })), func(q *Query) {
			q.Where = Or([]*Condition{on("orders", "is", "not_null"), on("name", "eq", "x")})
		})},
		{name: "rows of a level without related ones", table: customers, query: alsoEmbeds(with(embed(orders, ofCustomer, columns("id")[0], empty(theItems())), func(e *Embed) { e.Where = on("items", "is", nil) }))},
		{name: "rows by the number of related ones", table: customers, query: changed(alsoEmbeds(with(theOrders("id"), func(e *Embed) { e.Where = on("total", "gt", 9) })), func(q *Query) {
			q.Where = And([]*Condition{Where(count("orders"), "gt", 1), on("id", "lt", 100)})
		})},

		{name: "a spread of one", table: orders, query: alsoEmbeds(with(embed(customers, byCustomer, Field{Column: "name", Alias: "customer"}), spread))},
		{name: "a spread of many", table: customers, query: alsoEmbeds(with(theOrders("id", "total"), func(e *Embed) { e.Spread, e.Order = true, by("id") }))},
		{name: "a spread of many in a spread of one", table: orders, query: alsoEmbeds(with(embed(customers, byCustomer, columns("name")[0], with(theOrders("total"), spread)), spread))},
		{name: "a spread of one in many", table: customers, query: alsoEmbeds(embed(orders, ofCustomer, columns("id")[0], with(theCustomer("name"), spread)))},
	}
}

// writeNested writes how the values of a row make what is embedded.
func writeNested(b *strings.Builder, p *Plan) {
	for i, oid := range p.Types {
		fmt.Fprintf(b, "-- value %d: type %d as %s\n", i+1, oid, formName(p.Formats[i]))
	}
	writeMembers(b, p.Members, "")
}

func writeMembers(b *strings.Builder, members []encode.Member, indent string) {
	for i := range members {
		m := &members[i]
		fmt.Fprintf(b, "-- %s%s", indent, m.Name)
		if e := m.Embed; e != nil {
			fmt.Fprintf(b, ": many %v, spread %v, most %d, optional %v", e.Many, e.Spread, e.Most, e.Optional)
		}
		b.WriteString("\n")
		if m.Embed != nil {
			writeMembers(b, m.Embed.Members, indent+"\t")
		}
	}
}
