package server

import (
	"errors"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/token"
)

// settings are the server's environment. A field that has the name of one of
// [dbcontents.Config]'s sets that; an error about it names the variable.
//
// The tags env and envDefault are read by package env. The others make
// docs/configuration.md: about is the meaning, shown the default where envDefault
// is not what to show, readme marks the few that README lists. What is between
// single quotes there is code.
type settings struct {
	ConnString     secret `env:"DATABASE_URL" shown:"the defaults of libpq" readme:"yes" about:"where the database is: 'postgres://user:password@host:port/database' or 'key=value' pairs; what it leaves out comes from 'PGHOST', 'PGUSER', ..., as with psql"`
	ConnStringFile secret `env:"DATABASE_URL_FILE" about:"a file that holds what 'DATABASE_URL' would (a container secret)"`
	PasswordFile   secret `env:"PGPASSWORD_FILE" about:"a file that holds the password of the connection (a container secret); it is used instead of one in 'DATABASE_URL'"`

	Tables    list    `env:"DBCONTENTS_TABLES" envDefault:"test_table" readme:"yes" about:"the tables and views that may be read, comma-separated, 'schema.table' allowed, parts in double quotes as in SQL; the first is the default one; '*' adds all that the role that reads may SELECT in the exposed schemas"`
	Functions list    `env:"DBCONTENTS_FUNCTIONS" shown:"none" about:"the functions that may be called at '/rpc/name' below the path of the contents, comma-separated, written as in 'DBCONTENTS_TABLES', without '*'; they must be STABLE or IMMUTABLE"`
	Schemas   list    `env:"DBCONTENTS_SCHEMAS" envDefault:"public" about:"the exposed schemas, comma-separated, in the order in which a table named without one is looked for"`
	Addr      address `env:"ADDR" envDefault:":8888" readme:"yes" about:"listen address, 'host:port'; port 0 takes a free one"`
	TLSCert   secret  `env:"DBCONTENTS_TLS_CERT" shown:"no TLS" about:"a file with the certificate of the server in PEM, followed by those that signed it, for HTTPS; together with 'DBCONTENTS_TLS_KEY'; both are read again when they change"`
	TLSKey    secret  `env:"DBCONTENTS_TLS_KEY" about:"a file with the key of that certificate in PEM, without a passphrase"`
	Prefix    prefix  `env:"DBCONTENTS_PREFIX" envDefault:"/dbcontents" about:"path of the contents; '/' is taken by the list of the tables"`
	Origins   list    `env:"DBCONTENTS_ORIGINS" shown:"none" about:"the origins, such as 'https://example.org', comma-separated, whose pages may read the responses in a browser, with cookies and Authorization (CORS); '*' is every other one, without them"`

	Roles         list   `env:"DBCONTENTS_ROLES" shown:"none" about:"the database roles as which callers may read, comma-separated; the role of the connection must be a member of each; they need keys for tokens, else the server does not start"`
	AnonRole      string `env:"DBCONTENTS_ANON_ROLE" shown:"none" about:"the role of requests without a token, and of tokens without a role; without it they are refused where tokens are checked; where none are, a request with 'Authorization' is a 500 'keys_missing'"`
	JWTSecret     secret `env:"DBCONTENTS_JWT_SECRET" shown:"none: tokens are not checked" about:"the key of the tokens (JWT) that requests bear: the text of a secret for HS256 of at least 32 bytes, or a JWK or JWKS in JSON with keys of any type"`
	JWTSecretFile secret `env:"DBCONTENTS_JWT_SECRET_FILE" about:"a file that holds what 'DBCONTENTS_JWT_SECRET' would (a container secret)"`
	JWKSURL       string `env:"DBCONTENTS_JWT_JWKS_URL" shown:"none" about:"where keys are fetched from, as a JWKS: 'https', or 'http' for a loopback address; keys that rotate are noticed"`
	Issuer        string `env:"DBCONTENTS_JWT_ISSUER" shown:"any" about:"the 'iss' that tokens must have; without a secret and a JWKS URL the keys come from its OpenID discovery document"`
	Audience      list   `env:"DBCONTENTS_JWT_AUDIENCE" shown:"any" about:"tokens must have one of these in 'aud', comma-separated"`
	RoleClaim     string `env:"DBCONTENTS_JWT_ROLE_CLAIM" envDefault:"role" about:"where a token has its role, such as 'app_metadata.role' or '\"https://example.org/role\"'"`

	PoolSize   whole  `env:"DBCONTENTS_POOL_SIZE" shown:"10" readme:"yes" about:"the most connections to the database; 'pool_max_conns' in the connection string means the same"`
	MaxRows    whole  `env:"DBCONTENTS_MAX_ROWS" envDefault:"0" about:"the most rows in one response, and of each related table in a row, 0 for no limit; a response that it cuts says so"`
	Aggregates toggle `env:"DBCONTENTS_AGGREGATES" envDefault:"off" about:"'on' allows queries to sum up, average and count rows, which costs the database the more the larger a table is"`
	MaxCost    whole  `env:"DBCONTENTS_MAX_COST" envDefault:"0" about:"the most that a query may cost by the estimate of the planner, 0 for no limit; checking costs one extra round trip per request"`

	MaxInFlight  whole   `env:"DBCONTENTS_MAX_IN_FLIGHT" shown:"the size of the pool" about:"how many requests for contents are worked on at once, 0 for the default"`
	MaxStreams   whole   `env:"DBCONTENTS_MAX_STREAMS" shown:"three quarters of the pool" about:"how many of these may be large responses that are being streamed, so that small ones always find a connection, 0 for the default; others wait for their place without a connection"`
	Queue        whole   `env:"DBCONTENTS_QUEUE" envDefault:"2500" about:"how many more may wait for their turn or place, in 64 MiB of memory at most, 0 for none; others get 503 at once, unless requests are served so fast that half of 'DBCONTENTS_QUEUE_TIMEOUT' will do"`
	QueueTimeout timeout `env:"DBCONTENTS_QUEUE_TIMEOUT" envDefault:"30s" about:"how long they may wait, then 503"`

	ConnectTimeout  timeout `env:"DBCONTENTS_CONNECT_TIMEOUT" shown:"'3s'" about:"one attempt to connect to one address; 'connect_timeout' in the connection string means the same"`
	AcquireTimeout  timeout `env:"DBCONTENTS_ACQUIRE_TIMEOUT" envDefault:"5s" about:"the wait for a free connection, then 503; it should be longer than the attempt to connect, or the cause of a failed one is not seen"`
	MaxLag          delay   `env:"DBCONTENTS_MAX_LAG" envDefault:"0s" about:"how far a standby may be behind its primary, 0 for no limit; another host is read instead, then 503"`
	LockTimeout     timeout `env:"DBCONTENTS_LOCK_TIMEOUT" envDefault:"2s" about:"the wait for a lock that another session holds on the table, then 503"`
	FirstRowTimeout timeout `env:"DBCONTENTS_FIRST_ROW_TIMEOUT" envDefault:"15s" about:"the time of a query until its first row, then 504"`
	QueryTimeout    timeout `env:"DBCONTENTS_QUERY_TIMEOUT" envDefault:"10m" about:"the time of a whole response, what its receiver takes included"`
	WriteTimeout    timeout `env:"DBCONTENTS_WRITE_TIMEOUT" envDefault:"30s" about:"the time a client may take to receive one block of 128 KiB; a quarter of it while other requests wait for the connection"`
	MinRate         whole   `env:"DBCONTENTS_MIN_RATE" envDefault:"1024" about:"the fewest bytes a second at which a client may read, measured over a minute, 0 for no limit; four times as many while other requests wait"`

	Drain    delay `env:"DBCONTENTS_DRAIN" envDefault:"5s" about:"after SIGTERM: how long to go on serving while '/readyz' says 503, so that load balancers turn away"`
	Shutdown delay `env:"DBCONTENTS_SHUTDOWN" envDefault:"20s" about:"after that: how long responses under way may take to end before they are broken off"`

	Metrics     toggle  `env:"DBCONTENTS_METRICS" envDefault:"off" about:"'on' serves metrics for Prometheus at '/metrics' of 'ADDR', to everybody who reaches it"`
	MetricsAddr address `env:"DBCONTENTS_METRICS_ADDR" shown:"none" about:"a second listen address, 'host:port', for those who run the server: '/metrics', and profiles at '/debug/pprof/'; keep it from everybody else"`

	OpenAPI   described `env:"DBCONTENTS_OPENAPI" envDefault:"on" about:"whether the path of the contents describes in OpenAPI what the caller may read: 'on', 'off', or 'comments' to add the comments of tables, columns and functions"`
	Verbose   toggle    `env:"DBCONTENTS_VERBOSE" envDefault:"off" about:"'on' puts host, role and table names and the words of the database into error responses; for development"`
	LSN       toggle    `env:"DBCONTENTS_LSN" envDefault:"off" about:"'on' lets clients read their own writes from standbys: requests may have 'Dbcontents-Min-Lsn', and responses have 'Dbcontents-Lsn', a position in the log of the database, which tells how much is written"`
	Timing    toggle    `env:"DBCONTENTS_SERVER_TIMING" envDefault:"off" about:"'on' adds the header 'Server-Timing' to responses: the milliseconds that parsing, waiting and the transaction took"`
	LogLevel  level     `env:"LOG_LEVEL" envDefault:"info" readme:"yes" about:"'debug', 'info', 'warn' or 'error'"`
	LogFormat logFormat `env:"LOG_FORMAT" shown:"'text' on a terminal, else 'json'" about:"'text' or 'json'"`

	TracesExporter exporterName `env:"OTEL_TRACES_EXPORTER" shown:"'otlp' if there is an endpoint" about:"'otlp' sends traces, 'none' does not"`
	OTLPEndpoint   endpoint     `env:"OTEL_EXPORTER_OTLP_ENDPOINT" shown:"'http://localhost:4318'" about:"where traces are sent: a collector that speaks OTLP over HTTP; '/v1/traces' is added"`
	TracesEndpoint endpoint     `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" about:"the same as a whole URL, to which nothing is added"`
	OTLPHeaders    otlpHeaders  `env:"OTEL_EXPORTER_OTLP_HEADERS" shown:"none" about:"what the collector wants to be sent, such as 'api-key=...'; with commas between headers, and values percent-encoded"`
	TracesHeaders  otlpHeaders  `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS" about:"the same for traces alone"`
	OTLPProtocol   otlpProtocol `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf" about:"how traces are sent; nothing else is possible"`
	TracesProtocol otlpProtocol `env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" about:"the same for traces alone"`
	OTelDisabled   toggle       `env:"OTEL_SDK_DISABLED" envDefault:"false" about:"'true' sends no traces, whatever else is set"`
	ServiceName    string       `env:"OTEL_SERVICE_NAME" shown:"'dbcontents'" about:"the name of this server in traces"`

	// source is the variable that the connection string came from.
	source string
	tokens *token.Verifier // nil if tokens are not checked
	// certificate is the server's; nil if it does not use TLS.
	certificate *certificate
}

// open reads the environment and makes the Store, which does not connect. All
// that is wrong is in one error. adjust may change what the Store is made of.
func open(environ []string, adjust ...func(*settings, *dbcontents.Config)) (*settings, *dbcontents.Store, error) {
	vars := env.ToMap(environ)
	s, problems := parse(vars)
	problems.unknown(vars)
	s.certificate = s.loadCertificate(&problems)
	connString := s.connString(vars, &problems)
	s.tokens = s.verifier(&problems)
	config := s.config(connString)
	for _, f := range adjust {
		f(s, &config)
	}
	store, err := dbcontents.Open(config)
	problems.ofStore(err, s.source)
	if err := problems.err(); err != nil {
		if store != nil {
			store.Close()
		}
		return nil, nil, err
	}
	return s, store, nil
}

// parse takes the values of the variables, each by itself.
func parse(vars map[string]string) (*settings, problems) {
	var list problems
	vars = list.misplaced(vars)
	s, err := env.ParseAsWithOptions[settings](env.Options{Environment: vars})
	var all env.AggregateError
	if errors.As(err, &all) {
		for _, err := range all.Errors {
			var one env.ParseError
			if !errors.As(err, &one) {
				panic("unreachable: every field has a type that parses itself: " + err.Error())
			}
			list.add(variableOf(one.Name), one.Err.Error())
		}
	}
	return &s, list
}

func (s *settings) config(connString string) dbcontents.Config {
	c := dbcontents.Config{
		ConnString:      connString,
		Schemas:         s.Schemas.names(),
		Functions:       s.Functions,
		Roles:           s.roles(),
		PoolSize:        int(s.PoolSize),
		MaxRows:         int64(s.MaxRows),
		MaxCost:         float64(s.MaxCost),
		Aggregates:      bool(s.Aggregates),
		ConnectTimeout:  time.Duration(s.ConnectTimeout),
		AcquireTimeout:  time.Duration(s.AcquireTimeout),
		MaxLag:          time.Duration(s.MaxLag),
		LockTimeout:     time.Duration(s.LockTimeout),
		FirstRowTimeout: time.Duration(s.FirstRowTimeout),
		QueryTimeout:    time.Duration(s.QueryTimeout),
		CloseTimeout:    hardStop,
	}
	for _, item := range s.Tables {
		if item == "*" {
			c.AllTables = true
			continue
		}
		c.Tables = append(c.Tables, item)
	}
	return c
}

func (s *settings) options() httpapi.Options {
	rate := int(s.MinRate)
	if rate == 0 {
		rate = -1 // in Options zero is the default
	}
	queue := int(s.Queue)
	if queue == 0 {
		queue = -1
	}
	return httpapi.Options{
		Prefix: string(s.Prefix), Origins: s.Origins.names(), Verbose: bool(s.Verbose), ServerTiming: bool(s.Timing), LSN: bool(s.LSN), Build: build(),
		MaxInFlight: int(s.MaxInFlight), MaxStreams: int(s.MaxStreams), Queue: queue, QueueTimeout: time.Duration(s.QueueTimeout),
		WriteTimeout: time.Duration(s.WriteTimeout), MinRate: rate, Session: s.session(), Ready: s.keysReady(),
		OpenAPI: httpapi.OpenAPI{Off: s.OpenAPI == "off", Comments: s.OpenAPI == "comments", Bearer: s.tokens != nil},
	}
}
