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
		age       uint64
		isHeld    bool
		state     State
	}{
		{false, 0, true, Live}, {false, 15_000, true, Live}, {false, 15_001, true, Dead}, {false, 0, false, Dead},
		{true, 0, true, Stopped}, {true, 1 << 40, false, Stopped},
	} {
		control := Control{IsStopped: given.isStopped}
		if got := control.Publisher(given.age, func() bool { return given.isHeld }); got != given.state {
			t.Errorf("%+v: %s", given, got)
		}
	}
}

func TestAHeartbeatFromTheFutureIsNotNew(t *testing.T) {
	if Distance(0, 100_000) != 100_000 || Distance(100_000, 0) != 100_000 || Distance(math.MinInt64, math.MaxInt64) != math.MaxUint64 {
		t.Fatal("a distance is one from both sides")
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
	if err != nil || Distance(there, bootClockMs()) > 60_000 {
		t.Fatal(there, bootClockMs(), err)
	}
}
