package oracle

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

// hostileSettings change how PostgreSQL prints values, how it parses SQL, or how
// long a statement may run. They are set for a role or a database.
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

// compareUnderHostileSettings wants the bytes in want under all these settings,
// with an owned and with a borrowed pool.
func compareUnderHostileSettings(t *testing.T, db *pgtest.DB, tables []*wideTable, want contents) {
	money := foreignMoney(t, db.Conn())
	for _, settings := range hostileSettings {
		settings := maps.Clone(settings)
		if money != "" {
			settings["lc_monetary"] = money
		}
		dsn := hostileRole(t, db, settings)
		for pool, config := range map[string]dbcontents.Config{
			"owned pool":    {ConnString: dsn},
			"borrowed pool": {Pool: newPool(t, dsn)},
		} {
			got := readAll(t, open(t, config), tables)
			for _, name := range slices.Sorted(maps.Keys(want)) {
				checkText(t, settings["DateStyle"]+", "+pool+", "+name, want[name], got[name])
				if t.Failed() {
					break // the first difference is enough
				}
			}
		}
	}
}

// hostileRole makes a role with these settings and returns its DSN. Every second
// setting is set for the database instead of the role.
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

// foreignMoney returns a locale that prints money differently from C, or "" if
// the server has none.
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
	t.Log("lc_monetary is not changed: no locale of the server prints money differently from C")
	return ""
}
