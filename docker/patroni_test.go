package docker_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// The Compose file of the cluster is sound, and its nodes are as hardened as the database of the other
// stack. Its image needs a package archive to be built and is not run here.
func TestPatroniConfig(t *testing.T) {
	t.Parallel()
	tree := built(t)
	s := newStack(t, tree)
	s.files = []string{filepath.Join(tree, "docker", "patroni", "compose.yaml")}
	config := s.must("config")
	for want, times := range map[string]int{
		"\n    read_only: true": 5, "- no-new-privileges:true": 5, "hostname: node": 3, "PGHOST: node1,node2,node3": 1, "published:": 1,
		"target: /docker-entrypoint-initdb.d": 0,
	} {
		if got := strings.Count(config, want); got != times {
			t.Errorf("%q comes %d times, want %d:\n%s", want, got, times, config)
		}
	}
}
