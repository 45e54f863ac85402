package wire

import "io"

const (
	// serverBlock is what PostgreSQL sends at once, PQ_SEND_BUFFER_SIZE in pqcomm.c.
	serverBlock = 8 << 10
	// bulk is how many blocks in a row make a stream worth waiting for, and
	// crowdedBulk how many while there are more reads than CPUs: a reader that is
	// alone would only wait, where others have something to do meanwhile.
	bulk        = 128
	crowdedBulk = 12
	// retryPause is how many blocks it takes until a pause is tried again that was in vain.
	retryPause = 256
)

// A pacer reads what a server sends, and lets it gather when there is much of
// it. Encoding is faster than a query, so without a pause a reader goes to sleep
// and is woken for each 8 KiB, which costs more than encoding them does.
type pacer struct {
	r       io.Reader
	pause   func() // nil for none
	crowded bool   // there are more reads than CPUs
	run     int    // blocks in a row; negative while a pause would be in vain
	ahead   bool   // the server is the faster one: the last read filled more than half of its buffer
}

// begin forgets the last result, whose end may have come together with a block.
func (p *pacer) begin(crowded bool) {
	p.run, p.crowded = min(p.run, 0), crowded
}

// Read reads what has arrived, after a pause where that pays.
func (p *pacer) Read(buf []byte) (int, error) {
	enough := bulk
	if p.crowded {
		enough = crowdedBulk
	}
	paused := p.run >= enough && !p.ahead && p.pause != nil
	if paused {
		p.pause()
	}
	n, err := p.r.Read(buf)
	p.ahead = n > len(buf)/2
	switch {
	case n < serverBlock: // the end of a result, or a server that is slow
		p.run = min(p.run, 0)
	case paused && n < 2*serverBlock: // nothing has gathered: TLS gives a record at a time
		p.run = -retryPause
	default:
		p.run++
	}
	return n, err
}
