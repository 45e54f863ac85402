package attacks

import "strings"

// keepsCanaries checks that a response holds none of the canaries.
func (r *rig) keepsCanaries(what string, a response, canaries ...string) {
	r.Helper()
	for _, canary := range canaries {
		if strings.Contains(a.text(), canary) {
			r.Errorf("%s: %q is in the response: %.600s", what, canary, a.text())
		}
	}
}
