package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A handler behind the login of the program that mounts it. The program knows its users by a
// cookie; each sees only what belongs to them.
func ExampleOptions_session() {
	dsn, _, drop := ordersDatabase()
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"orders"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	// What the program has already: its sessions, by the value of a cookie.
	users := map[string]string{"cookie-of-ann": "ann", "cookie-of-bob": "bob"}

	handler := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) {
			cookie, err := r.Cookie("login")
			if err != nil || users[cookie.Value] == "" {
				return dbcontents.Session{}, &httpapi.Refusal{Cause: "not_logged_in", Message: "log in first", Hint: "open /login", Challenge: "Cookie"}
			}
			return dbcontents.Session{Tables: map[string]dbcontents.Grant{
				"orders": {Columns: []string{"id", "item"}, Where: dbcontents.Where("customer", dbcontents.OpEq, users[cookie.Value])},
			}}, nil
		},
	})
	mux := http.NewServeMux()
	mux.Handle("/dbcontents/", handler)

	show(mux, "/dbcontents/orders?select=item&format=csv", "Cookie", "login=cookie-of-ann")
	show(mux, "/dbcontents/orders?select=item&format=csv", "Cookie", "login=cookie-of-bob")
	show(mux, "/dbcontents/orders")
	// Output:
	// 200 item lamp desk
	// 200 item chair
	// 401 log in first
}

// Row-level security decides what a caller sees. The policy looks at the claims that
// the program has verified, and every caller reads as a role that has nothing but
// SELECT on the tables.
func Example_rowLevelSecurity() {
	dsn, role, drop := ordersDatabase(
		"ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
		// In a sub-select, so that the claims are looked at once and not for each row.
		`CREATE POLICY own ON orders USING (customer = (SELECT current_setting('request.jwt.claims', true)::json ->> 'sub'))`,
	)
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"orders"}, Roles: []string{role}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) {
			claims, err := verify(r.Header.Get("Authorization"))
			if err != nil {
				return dbcontents.Session{}, &httpapi.Refusal{Code: "PGRST301", Message: "the token is not valid", Err: err}
			}
			return dbcontents.Session{Role: role, Settings: map[string]string{"request.jwt.claims": claims}}, nil
		},
	})
	show(handler, "/dbcontents/orders?select=item&format=csv", "Authorization", "Bearer ann")
	show(handler, "/dbcontents/orders?select=item&format=csv&customer=eq.ann", "Authorization", "Bearer bob")
	// Output:
	// 200 item lamp desk
	// 200 item
}

// A filter that the program gives keeps tenants apart in a database without row-level
// security. No query can widen it, and the column that it tests can stay hidden.
func Example_tenantFilter() {
	dsn, _, drop := ordersDatabase()
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"orders"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	tenant := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{
		"orders": {Columns: []string{"id", "item"}, Where: dbcontents.Where("customer", dbcontents.OpEq, "bob")},
	}})
	rows, err := tenant.Query(context.Background(), dbcontents.Query{
		Where: dbcontents.Or(dbcontents.Where("id", dbcontents.OpGt, 0), dbcontents.Where("id", dbcontents.OpIs, nil)), // everything, one would think
		Count: dbcontents.CountExact, Format: dbcontents.NDJSON,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rows.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	total, _ := rows.Total()
	fmt.Println("rows:", total)
	_, err = tenant.Query(context.Background(), dbcontents.Query{Where: dbcontents.Where("customer", dbcontents.OpEq, "ann")})
	fmt.Println(err)
	// Output:
	// {"id":3,"item":"chair"}
	// rows: 1
	// query public.orders: column orders.customer does not exist
}

// Different tables for different users. What a user's list does not name does not exist
// for that user, in the index and in error messages too.
func Example_tablesPerUser() {
	dsn, _, drop := ordersDatabase()
	defer drop()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, AllTables: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	grants := map[string]map[string]dbcontents.Grant{
		"sales":   {"orders": {}},
		"support": {"orders": {Columns: []string{"id", "item"}}, "tickets": {}},
	}
	handler := httpapi.New(store, httpapi.Options{
		Session: func(r *http.Request) (dbcontents.Session, error) {
			user, password, ok := r.BasicAuth()
			if !ok || grants[user] == nil || password != "password of "+user {
				return dbcontents.Session{}, &httpapi.Refusal{Challenge: `Basic realm="contents"`}
			}
			return dbcontents.Session{Tables: grants[user]}, nil
		},
	})
	for _, user := range []string{"sales", "support"} {
		for _, table := range []string{"orders", "tickets"} {
			r := httptest.NewRequest(http.MethodGet, "/dbcontents/"+table+"?format=csv&limit=1&order=id", nil)
			r.SetBasicAuth(user, "password of "+user)
			fmt.Println(user, table, answer(handler, r))
		}
	}
	// Output:
	// sales orders 200 id,customer,item 1,ann,lamp
	// sales tickets 404 table "tickets" is not exposed
	// support orders 200 id,item 1,lamp
	// support tickets 200 id,text 1,help
}

// A pool of the program's own, with a hook that PrepareConn calls for each caller. What it
// does to a connection is not known to the Store: a role or a setting belongs in the
// Session, where it ends with the read. A hook that refuses one caller fails that caller alone.
func Example_poolWithHooks() {
	dsn, _, drop := ordersDatabase()
	defer drop()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		log.Fatal(err)
	}
	type userKey struct{}
	config.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) {
		if ctx.Value(userKey{}) == "blocked" {
			return true, fmt.Errorf("this user is blocked")
		}
		return true, nil
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store, err := dbcontents.Open(dbcontents.Config{Pool: pool, Tables: []string{"orders"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{})
	for _, user := range []string{"ann", "blocked", "bob"} {
		r := httptest.NewRequest(http.MethodGet, "/dbcontents/orders?select=item&limit=1&order=id&format=csv", nil)
		fmt.Println(user, answer(handler, r.WithContext(context.WithValue(r.Context(), userKey{}, user))))
	}
	// Output:
	// ann 200 item lamp
	// blocked 503 a hook of the connection pool refused
	// bob 200 item lamp
}

// verify stands for the check of a token, which gives the claims as JSON.
func verify(authorization string) (claims string, err error) {
	user, ok := map[string]string{"Bearer ann": "ann", "Bearer bob": "bob"}[authorization]
	if !ok {
		return "", fmt.Errorf("the token is not known")
	}
	text, err := json.Marshal(map[string]string{"sub": user})
	return string(text), err
}

// show prints what a handler answers to a request.
func show(h http.Handler, path string, header ...string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	fmt.Println(answer(h, r))
}

// answer is the status and the lines of a response, or the message of a problem.
func answer(h http.Handler, r *http.Request) string {
	w := answerOf(h, r)
	text := w.Body.String()
	var problem struct{ Message string }
	if json.Unmarshal(w.Body.Bytes(), &problem) == nil {
		text = problem.Message
	}
	return fmt.Sprint(w.Code, " ", strings.Join(strings.Fields(text), " "))
}

// ordersDatabase is a database with orders and tickets, and a role that may read them.
func ordersDatabase(sql ...string) (dsn, role string, drop func()) {
	db, drop := pgtest.ForExample(append([]string{`
		CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, item text NOT NULL);
		INSERT INTO orders VALUES (1, 'ann', 'lamp'), (2, 'ann', 'desk'), (3, 'bob', 'chair');
		CREATE TABLE tickets (id int PRIMARY KEY, text text NOT NULL); INSERT INTO tickets VALUES (1, 'help');`}, sql...)...)
	u, err := url.Parse(db.Role("", "GRANT SELECT ON orders, tickets TO ROLE"))
	if err != nil {
		panic(err)
	}
	return db.DSN, u.User.Username(), drop
}
