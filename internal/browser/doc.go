// Package browser tests the HTML view in a real browser: what a click leads to, that the page
// works without scripts of others, that it can be read by everybody, and how it looks. It
// contains only tests. They need Chromium: where there is none they fail in CI, and are skipped elsewhere.
//
// With DBCONTENTS_TEST_SCREENSHOTS set to a directory, the pictures of the pages are kept there.
package browser
