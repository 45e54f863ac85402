package capacity

// An event is something that happens at a time.
type event struct {
	at    float64
	order int // among those at the same time
	do    func()
}

// events are a heap: the first one is the next.
type events []event

func (e event) before(other event) bool {
	return e.at < other.at || e.at == other.at && e.order < other.order
}

func (h *events) push(e event) {
	*h = append(*h, e)
	list := *h
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if !list[i].before(list[parent]) {
			break
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

func (h *events) pop() event {
	list := *h
	next, last := list[0], len(list)-1
	list[0], list[last] = list[last], event{}
	list = list[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && list[child+1].before(list[child]) {
			child++
		}
		if !list[child].before(list[i]) {
			break
		}
		list[i], list[child] = list[child], list[i]
		i = child
	}
	*h = list
	return next
}

// after plans what happens in some seconds.
func (s *simulation) after(seconds float64, do func()) {
	s.planned++
	s.events.push(event{s.now + seconds, s.planned, do})
}

// A station is the cores of one machine, and the work that waits for one.
type station struct {
	simulation *simulation
	cores      int
	busy       int
	waiting    fifo[job]
	used       float64 // seconds of cores that count
}

type job struct {
	seconds float64
	then    func()
}

// slice is the seconds that a core works on one thing before others have their turn.
const slice = 25e-6

// work does something for some seconds of a core, and then what comes next.
func (st *station) work(seconds float64, then func()) {
	if st.busy == st.cores {
		st.waiting.push(job{seconds, then})
		return
	}
	st.busy++
	st.start(job{seconds, then})
}

func (st *station) start(j job) {
	s := st.simulation
	seconds := min(j.seconds, slice)
	j.seconds -= seconds
	st.used += s.overlap(s.now, s.now+seconds)
	s.after(seconds, func() {
		if j.seconds > 0 {
			st.waiting.push(j)
			st.start(st.waiting.pop())
			return
		}
		if st.waiting.len() > 0 {
			st.start(st.waiting.pop())
		} else {
			st.busy--
		}
		j.then()
	})
}

// A fifo holds things in the order in which they came.
type fifo[T any] struct {
	items []T
	taken int
}

func (q *fifo[T]) len() int    { return len(q.items) - q.taken }
func (q *fifo[T]) push(item T) { q.items = append(q.items, item) }
func (q *fifo[T]) first() T    { return q.items[q.taken] }

func (q *fifo[T]) pop() T {
	item := q.items[q.taken]
	if q.taken++; q.taken > 1024 && 2*q.taken > len(q.items) {
		q.items = append([]T(nil), q.items[q.taken:]...)
		q.taken = 0
	}
	return item
}
