package cache

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The cache is compared with a list that does the same slowly.
func TestCache(t *testing.T) {
	const limit = 100
	type item struct{ key, bytes int }
	random := rand.New(rand.NewPCG(1, 2))
	c := New[int, int](limit)
	var list, gone, forgotten []item // list begins with what was used last
	c.Forgotten = func(key, value int) { forgotten = append(forgotten, item{key, value}) }
	find := func(key int) int { return slices.IndexFunc(list, func(i item) bool { return i.key == key }) }
	for step := range 100_000 {
		key := random.IntN(30)
		at := find(key)
		switch random.IntN(4) {
		case 0:
			c.Drop(key)
			if at >= 0 {
				list = slices.Delete(list, at, at+1)
			}
		case 1:
			bytes := random.IntN(limit + 5)
			c.Put(key, bytes, bytes)
			if at >= 0 {
				list = slices.Delete(list, at, at+1)
			}
			if bytes > limit {
				break
			}
			sum := bytes
			for _, i := range list {
				sum += i.bytes
			}
			for ; sum > limit; sum -= gone[len(gone)-1].bytes {
				gone = append(gone, list[len(list)-1])
				list = list[:len(list)-1]
			}
			list = slices.Insert(list, 0, item{key, bytes})
		default:
			value, ok := c.Get(key)
			if ok != (at >= 0) || ok && value != list[at].bytes {
				t.Fatalf("step %d: get(%d) = %d, %v, want %v", step, key, value, ok, list)
			}
			if ok {
				found := list[at]
				list = slices.Insert(slices.Delete(list, at, at+1), 0, found)
			}
		}
		sum, n := 0, 0
		for i := c.ring.next; i != &c.ring; i = i.next {
			if n >= len(list) || i.key != list[n].key {
				t.Fatalf("step %d: item %d is %d, want %v", step, n, i.key, list)
			}
			sum, n = sum+i.bytes, n+1
		}
		if n != len(list) || len(c.Items) != n || sum != c.Bytes || sum > limit {
			t.Fatalf("step %d: %d items, %d in the map, %d bytes, counted %d, want %v", step, n, len(c.Items), c.Bytes, sum, list)
		}
	}
	if !slices.Equal(gone, forgotten) || len(gone) == 0 {
		t.Errorf("%d were forgotten, %d told", len(gone), len(forgotten))
	}
}
