package dbcontents_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// hostileSettings are settings of a role or a database that change how PostgreSQL
// prints values, how it reads SQL, or how long it lets a statement run.
var hostileSettings = []map[string]string{
	{
		"DateStyle": "German", "IntervalStyle": "iso_8601", "TimeZone": "Asia/Kolkata", "bytea_output": "escape", "extra_float_digits": "-15",
		"client_encoding": "LATIN1", "statement_timeout": "2s", "quote_all_identifiers": "on", "standard_conforming_strings": "off",
	},
	{
		"DateStyle": "SQL, DMY", "IntervalStyle": "sql_standard", "TimeZone": "<+0330>-3:30", "extra_float_digits": "3",
		"client_encoding": "SQL_ASCII", "default_transaction_isolation": "serializable", "default_transaction_read_only": "off", "array_nulls": "off",
	},
}

// compareHostile wants the same bytes whatever is set for the role and the
// database, with a pool of the store's own and with one that it borrows.
func compareHostile(t *testing.T, db *pgtest.DB, tables []*wide, want contents) {
	money := foreignMoney(t, db.Conn())
	for _, settings := range hostileSettings {
		settings := maps.Clone(settings)
		if money != "" {
			settings["lc_monetary"] = money
		}
		dsn := hostileRole(t, db, settings)
		for pool, config := range map[string]dbcontents.Config{
			"owned pool":    {ConnString: dsn, AllTables: true},
			"borrowed pool": {Pool: borrow(t, dsn), AllTables: true},
		} {
			got := readAll(t, openOn(t, config), tables)
			for _, name := range slices.Sorted(maps.Keys(want)) {
				checkText(t, settings["DateStyle"]+", "+pool+", "+name, want[name], got[name])
				if t.Failed() {
					break // one difference says as much as a thousand
				}
			}
		}
	}
}

// hostileRole is the DSN of a role that has these settings, half of them from
// the database.
func hostileRole(t *testing.T, db *pgtest.DB, settings map[string]string) (dsn string) {
	t.Helper()
	sql := []string{"GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"}
	for i, name := range slices.Sorted(maps.Keys(settings)) {
		target := []string{"role ROLE", "DATABASE " + db.Name}[i%2]
		sql = append(sql, fmt.Sprintf("ALTER %s SET %s = '%s'", target, name, settings[name]))
	}
	dsn = db.Role("", sql...)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for name, value := range settings {
		var is string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&is); err != nil || !strings.HasPrefix(is, value) {
			t.Errorf("%s is %q, want %q, %v", name, is, value, err)
		}
	}
	return dsn
}

// foreignMoney is a locale in which money is printed otherwise than in C, if
// the server has one.
func foreignMoney(t *testing.T, conn *pgx.Conn) (locale string) {
	t.Helper()
	printed := func(locale string) string {
		var text string
		if _, err := conn.Exec(t.Context(), "SELECT set_config('lc_monetary', $1, false)", locale); err == nil {
			if err := conn.QueryRow(t.Context(), "SELECT ('-1234.5'::numeric::money)::text").Scan(&text); err != nil {
				t.Fatal(err)
			}
		}
		return text
	}
	inC := printed("C")
	for _, locale := range []string{"de_DE.UTF-8", "fr_FR.UTF-8", "en_GB.UTF-8", "ja_JP.UTF-8", "en_IN.UTF-8", "en_US.UTF-8"} {
		if text := printed(locale); text != "" && text != inC {
			return locale
		}
	}
	t.Log("lc_monetary is not changed: the server has no locale that prints money otherwise")
	return ""
}
