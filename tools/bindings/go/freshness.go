//go:build linux || darwin

// Whether a snapshot's publisher lives, from its state word, its heartbeat and its lock. Invariant: what
// judges is pure; clocks and lock are given to it, so that every case can be tested. Freshness is for
// everyone.

package cco

import (
	"os"
	"time"
)

// State is what became of a publisher.
type State string

// Live publishers hold the lock and beat; a stopped one ended cleanly, a dead one was killed or hangs.
const Live, Stopped, Dead State = "live", "stopped", "dead"

const heartbeatLimitMs, stateStopped = 15_000, 2

// Freshness is how current a snapshot is, and what its publisher noted: when it last did so, in ms UTC, that
// another file has taken the path, that it stopped. IsReplaced says that another is at the path or none:
// Refresh opens it.
type Freshness struct {
	Publisher                           State
	HeartbeatAgeMs                      uint64
	HeartbeatAt                         int64
	IsReplaced, IsSuperseded, IsStopped bool
}

// IsLive says whether values follow the transcripts now.
func (f Freshness) IsLive() bool { return f.Publisher == Live && !f.IsReplaced }

// Freshness says whether a publisher lives. It asks for clocks, the lock and the path.
func (r *Reader) Freshness() (freshness Freshness, err error) {
	defer caught(faults(), &err)
	w := r.load(make([]uint64, 10), 8*atControl)
	now, beat, isStopped := time.Now().UnixMilli(), int64(w[9]), w[1] == stateStopped
	if boot := bootID(); boot == r.identity.BootID && boot != [2]uint64{} {
		now, beat = bootClockMs(), int64(w[8])
	}
	publisher, age := Judge(isStopped, now, beat, func() bool { return isLocked(r.path + ".lock") })
	isReplaced := !os.SameFile(statusAt(r.path), r.status)
	return Freshness{publisher, age, int64(w[9]), isReplaced, w[0] != 0, isStopped}, nil
}

// Judge says what became of a publisher and how old its heartbeat is, by times in ms on one clock. It asks
// for the lock only if that decides.
func Judge(isStopped bool, now, beat int64, isHeld func() bool) (publisher State, ageMs uint64) {
	ageMs = uint64(now) - uint64(beat)
	// One from the future is not a new one, but as far away as it is.
	if now < beat {
		ageMs = -ageMs
	}
	switch {
	case isStopped:
		return Stopped, ageMs
	case ageMs <= heartbeatLimitMs && isHeld():
		return Live, ageMs
	}
	return Dead, ageMs
}

// isLocked says whether a publisher holds the lock at the path.
func isLocked(path string) bool {
	file, err := os.OpenFile(path, openFlags, 0)
	if os.IsNotExist(err) {
		return false
	}
	must(err, "cannot open "+path)
	defer file.Close()
	isHeld, err := askForLock(file.Fd())
	must(err, "cannot ask for the lock at "+path)
	return isHeld
}
