package browser

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// chromium is the browser's program.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no chromium: install it, as .ci/run does")
	}
	t.Skip("there is no chromium, so that the HTML view is not tested in a browser")
	return ""
}

// A tab is a page in the browser, with what the browser complains about.
type tab struct {
	*testing.T
	ctx    context.Context
	server string
	mu     sync.Mutex
	wrong  []string
	begun  bool
}

// serve serves the schema, with more tables if there are any.
func serve(t *testing.T, sql ...string) string {
	t.Helper()
	db := pgtest.New(t, append([]string{rental}, sql...)...)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, AllTables: true, Aggregates: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{Log: slog.New(slog.DiscardHandler)})
	mux := http.NewServeMux()
	mux.Handle("/dbcontents", h)
	mux.Handle("/dbcontents/", h)
	mux.HandleFunc("/{$}", h.Index)
	mux.Handle("/", h)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// open opens a browser with one tab.
func open(t *testing.T, server string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx, server: server}
	b.run(call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}))
	var ended func()
	b.ctx, ended = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(ended)
	listen(b, log.EntryAdded, func(e log.EventEntryAdded) string { return e.Entry.Text })
	listen(b, runtime.ExceptionThrown, func(e runtime.EventExceptionThrown) string { return e.ExceptionDetails.Text })
	listen(b, runtime.ConsoleAPICalled, func(e runtime.EventConsoleAPICalled) string { return "console." + string(e.Type) })
	return b
}

// listen remembers what the browser complains about.
func listen[E any](b *tab, event cdp.Event[E], text func(E) string) {
	events := chromedp.Events(b.ctx, event)
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.wrong = append(b.wrong, text(e))
			b.mu.Unlock()
		}
	}()
}

// forgive drops the complaints that hold a text.
func (b *tab) forgive(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = slices.DeleteFunc(b.wrong, func(complaint string) bool { return strings.Contains(complaint, text) })
}

// call is a command of the browser as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := b.ctx, func() {}
	if b.begun {
		ctx, cancel = context.WithTimeout(b.ctx, 20*time.Second)
	}
	b.begun = true // the first call starts the browser, which ends with its context
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// visit loads a page of the server.
func (b *tab) visit(path string) {
	b.Helper()
	b.run(chromedp.Navigate(b.server + path))
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return value
}

// click clicks on the first element of a CSS selector, and waits for the page that it leads to.
func (b *tab) click(selector string) {
	b.Helper()
	if !eval[bool](b, "!!document.querySelector("+quoted(selector)+")") {
		b.Fatalf("%s is not on %s", selector, eval[string](b, "location.href"))
	}
	b.leads("document.querySelector(" + quoted(selector) + ").click()")
}

// leads runs a script, and waits for the page that it leads to.
func (b *tab) leads(script string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		b.Fatalf("%s on %s: %v", script, eval[string](b, "location.href"), err)
	}
}

func quoted(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" }

// column are the texts of the nth cell in each row.
func (b *tab) column(n string) []string {
	b.Helper()
	return eval[[]string](b, "Array.from(document.querySelectorAll('#rows tbody tr > :nth-child("+n+")'), c => c.textContent)")
}

// silent fails if the browser complained.
func (b *tab) silent() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.wrong {
		b.Errorf("the browser says: %s", text)
	}
	b.wrong = nil
}

// look sets the width of the window and the colours, and keeps a picture.
func (b *tab) look(width int64, scheme string) {
	b.Helper()
	b.run(chromedp.EmulateViewport(width, 900),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
}

func (b *tab) picture(name string) {
	b.Helper()
	dir := os.Getenv("DBCONTENTS_TEST_SCREENSHOTS")
	if dir == "" {
		dir = b.TempDir()
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}
