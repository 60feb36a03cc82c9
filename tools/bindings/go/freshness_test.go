//go:build linux

// Facts about freshness: the judgement, the lock and the clock of the boot.

package cco

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestAPublisherLivesWhileItHoldsTheLockAndBeats(t *testing.T) {
	for _, given := range []struct {
		isStopped bool
		age       int64
		isHeld    bool
		state     State
	}{
		{false, 0, true, Live}, {false, 15_000, true, Live}, {false, 15_001, true, Dead}, {false, 0, false, Dead},
		{true, 0, true, Stopped}, {true, 1 << 40, false, Stopped},
	} {
		state, age := Judge(given.isStopped, 100+given.age, 100, func() bool { return given.isHeld })
		if state != given.state || age != uint64(given.age) {
			t.Errorf("%+v: %s, %d ms", given, state, age)
		}
	}
}

func TestAHeartbeatFromTheFutureIsNotNew(t *testing.T) {
	for _, given := range []struct {
		now, beat int64
		age       uint64
	}{
		{0, 100_000, 100_000}, {100_000, 0, 100_000}, {-5, 15_000, 15_005},
		{math.MinInt64, math.MaxInt64, math.MaxUint64}, {math.MaxInt64, math.MinInt64, math.MaxUint64},
	} {
		state, age := Judge(false, given.now, given.beat, func() bool { return true })
		if state != Dead || age != given.age {
			t.Errorf("%+v: %s, %d ms", given, state, age)
		}
	}
}

// lock takes the lock as a publisher does, until the file is closed.
func lock(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	const ofdSetLock = 37
	if err := syscall.FcntlFlock(file.Fd(), ofdSetLock, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAHeldLockAndANewHeartbeatAreLive(t *testing.T) {
	boot := bootID()
	m := golden(t).put(1032, 1).put(1088, uint64(bootClockMs())).put(1096, uint64(time.Now().UnixMilli()))
	path := m.put(64, boot[0]).put(72, boot[1]).sealPage().save(t, "")
	reader := opened(t, path)
	mustSay := func(state State) {
		t.Helper()
		if freshness, err := reader.Freshness(); err != nil || freshness.Publisher != state {
			t.Fatal(freshness, err)
		}
	}
	mustSay(Dead) // there is no lock
	held := lock(t, path+".lock")
	mustSay(Live)
	held.Close()
	mustSay(Dead) // nobody holds it
	lock(t, path+".lock").Close()
}

func TestATimeNamespaceDoesNotMoveTheClockOfTheBoot(t *testing.T) {
	const asked = "CCO_PRINT_BOOT_CLOCK"
	if os.Getenv(asked) != "" {
		os.Stdout.WriteString(strconv.FormatInt(bootClockMs(), 10) + "\n")
		return
	}
	command := exec.Command("unshare", "--time", "--monotonic", "7200", "--fork", os.Args[0], "-test.run", t.Name())
	command.Env = append(os.Environ(), asked+"=1")
	shown, err := command.Output()
	if err != nil {
		t.Skip("NOT RUN: no time namespace can be made here: ", err)
	}
	line, _, _ := bytes.Cut(shown, []byte("\n"))
	there, err := strconv.ParseInt(string(line), 10, 64)
	here := bootClockMs()
	if err != nil || there < here-60_000 || there > here {
		t.Fatal(there, here, err)
	}
}
