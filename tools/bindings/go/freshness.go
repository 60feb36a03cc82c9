//go:build linux || darwin

// Whether a snapshot's publisher lives, from its state word, its heartbeat and its lock. Invariant: what judges is pure;
// clocks and lock are given to it, so that every case can be tested. Freshness is for everyone.

package cco

import "time"

// State is what became of a publisher.
type State string

// Live publishers hold the lock and beat; a stopped one ended cleanly, a dead one was killed or hangs.
const (
	Live    State = "live"
	Stopped State = "stopped"
	Dead    State = "dead"
)

const heartbeatLimitMs, stateStopped = 15_000, 2

// Control is the words that change at any time, each on its own.
type Control struct {
	IsSuperseded, IsStopped bool
	HeartbeatOfBoot         int64 // ms on the clock of the boot
	HeartbeatAt             int64 // ms UTC
}

// Freshness is how current a snapshot is.
type Freshness struct {
	Publisher      State
	HeartbeatAgeMs uint64
	IsReplaced     bool // another file has taken the path, or none is there: Refresh opens it
}

// IsLive says whether values follow the transcripts now.
func (f Freshness) IsLive() bool { return f.Publisher == Live && !f.IsReplaced }

// Control returns those words.
func (r *Reader) Control() (control Control, err error) {
	defer caught(faults(), &err)
	w := wordsOf(r.bytes(8*atControl, 8*(atSlots-atControl)))
	return Control{w[0] != 0, w[1] == stateStopped, int64(w[8]), int64(w[9])}, nil
}

// Freshness says whether a publisher lives. It asks for clocks, the lock and the path.
func (r *Reader) Freshness() (freshness Freshness, err error) {
	defer caught(faults(), &err)
	control, err := r.Control()
	age := Distance(time.Now().UnixMilli(), control.HeartbeatAt)
	if boot := bootID(); boot == r.identity.BootID && boot != [2]uint64{} {
		age = Distance(bootClockMs(), control.HeartbeatOfBoot)
	}
	publisher := control.Publisher(age, func() bool { return isLocked(r.path + ".lock") })
	return Freshness{publisher, age, inodeAt(r.path) != r.inode}, err
}

// Publisher judges by the age of the heartbeat; it asks for the lock only if that decides.
func (c Control) Publisher(ageMs uint64, isHeld func() bool) State {
	switch {
	case c.IsStopped:
		return Stopped
	case ageMs <= heartbeatLimitMs && isHeld():
		return Live
	}
	return Dead
}

// Distance is how far apart two times are: a heartbeat from the future is not a new one.
func Distance(a, b int64) uint64 {
	if a < b {
		a, b = b, a
	}
	return uint64(a) - uint64(b)
}
