//go:build linux || darwin

// Facts about the reader: which commit it returns, when it opens another file, what it refuses.

package cco

import (
	"context"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// eachWay runs a test with a file that is mapped and one that is copied.
func eachWay(t *testing.T, test func(t *testing.T, m image)) {
	t.Run("mapped", func(t *testing.T) { test(t, golden(t)) })
	t.Run("copied", func(t *testing.T) { test(t, golden(t).ofAnotherBoot()) })
}

func TestTheGoldenFileGivesItsKnownValues(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		reader := opened(t, m.save(t, ""))
		if isMapped := reader.page != nil; isMapped != (t.Name() == "TestTheGoldenFileGivesItsKnownValues/mapped") {
			t.Fatalf("mapped: %v", isMapped)
		}
		frame, err := reader.Frame()
		if err != nil {
			t.Fatal(err)
		}
		totals, err := reader.Totals()
		if err != nil || totals != frame.Totals {
			t.Fatal(totals, err)
		}
		if totals.Generation != 3 || totals.AllTime.Requests != 301 || totals.AllTime.Cost != (Picodollars{310, 311}) {
			t.Fatal(totals)
		}
		spans := map[Span]Period{
			Today: totals.Today, ThisWeek: totals.ThisWeek, ThisMonth: totals.ThisMonth, Block: totals.Block,
		}
		for span, period := range spans {
			if got, err := reader.Counters(span); err != nil || got != period {
				t.Fatal(span, got, err)
			}
		}
		if all, err := reader.Counters(AllTime); err != nil || all.Counters != totals.AllTime || all.IsOver(1<<62) {
			t.Fatal(all, err)
		}
		if frame.Models[0].Name != "claude-golden-1" || frame.Projects[0].Path != "/home/me/größe" ||
			frame.Projects[0].Today.Requests != 26 || frame.Sessions[0].Agent != 3 || frame.Days[0].Date != 20260101 ||
			frame.Agents[0].Name != "another-agent" || frame.Limits[0].Allowed != (Picodollars{12, 13}) {
			t.Fatal(frame)
		}
		for i, past := range frame.History[1:] {
			if past.At <= frame.History[i].At {
				t.Fatal(frame.History)
			}
		}
		health, err := reader.Health()
		if err != nil || health.LedgerBytes != 27 || health.Following != 2 || health.PublishHistogram[4] != 1 {
			t.Fatal(health, err)
		}
		if id := reader.Identity(); id.Zone != "Europe/Amsterdam" || id.WeekStart != 6 {
			t.Fatal(id)
		}
	})
}

func TestANewerCommitIsReturnedAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		reader := opened(t, path)
		if generation(t, reader) != 3 {
			t.Fatal("not the third")
		}
		commit(t, path, 4, 400)
		if today, err := reader.Totals(); err != nil || today.Generation != 4 || today.AllTime.Requests != 400 {
			t.Fatal(today, err)
		}
	})
}

func TestACopyWhoseSumIsWrongIsDamageIfItStaysSo(t *testing.T) {
	path := golden(t).ofAnotherBoot().put(newest+40, 999).save(t, "")
	_, err := opened(t, path).Totals()
	mustBe(t, err, Damaged)
}

func TestASlotThatIsBeingWrittenIsPassedOver(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		if got := generation(t, opened(t, m.put(newest, 13).save(t, ""))); got != 2 {
			t.Fatal(got)
		}
	})
}

func TestNothingPublishedIsNotZero(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		for slot := 0; slot < 4; slot++ {
			m.put(1280+1728*slot, 0)
		}
		_, err := opened(t, m.save(t, "")).Totals()
		mustBe(t, err, NothingPublished)
	})
}

func TestAReaderNeverGoesBackWithinAnEpoch(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		commit(t, path, 4, 400)
		reader := opened(t, path)
		if generation(t, reader) != 4 {
			t.Fatal("not the fourth")
		}
		m.save(t, path)
		if isOther, err := reader.Refresh(); err != nil || !isOther {
			t.Fatal(isOther, err)
		}
		_, err := reader.Totals()
		mustBe(t, err, Busy)
		commit(t, path, 4, 401)
		if generation(t, reader) != 4 {
			t.Fatal("not the fourth")
		}
	})
}

func TestANewEpochBeginsWithoutAFloor(t *testing.T) {
	path := golden(t).save(t, "")
	commit(t, path, 9, 900)
	reader := opened(t, path)
	if generation(t, reader) != 9 {
		t.Fatal("not the ninth")
	}
	golden(t).put(32, 77).sealPage().save(t, path)
	if isOther, err := reader.Refresh(); err != nil || !isOther {
		t.Fatal(isOther, err)
	}
	if generation(t, reader) != 3 || reader.Identity().Epoch != 77 {
		t.Fatal(reader.Identity())
	}
}

func TestASupersededFileIsLeftForTheNewOne(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		old := filepath.Join(filepath.Dir(path), "old")
		if err := os.Link(path, old); err != nil {
			t.Fatal(err)
		}
		reader := opened(t, path)
		m.save(t, path)
		commit(t, path, 4, 400)
		if generation(t, reader) != 3 {
			t.Fatal("nobody has said so yet")
		}
		write(t, old, 1024, []byte{1})
		if generation(t, reader) != 4 {
			t.Fatal("the new file was not opened")
		}
	})
}

func TestADeletedFileIsReadOnAndShownAsReplaced(t *testing.T) {
	path := golden(t).save(t, "")
	reader := opened(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if isOther, err := reader.Refresh(); err != nil || isOther || generation(t, reader) != 3 {
		t.Fatal(isOther, err)
	}
	if freshness, err := reader.Freshness(); err != nil || !freshness.IsReplaced || freshness.IsLive() {
		t.Fatal(freshness, err)
	}
}

func TestAShortenedFileIsAnErrorAndNoFault(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		reader := opened(t, path)
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		_, err := reader.Totals()
		mustBe(t, err, Shrunk)
		_, err = reader.Counters(Today)
		mustBe(t, err, Shrunk)
		_, err = reader.Frame()
		mustBe(t, err, Shrunk)
		_, err = reader.Health()
		mustBe(t, err, Shrunk)
		_, err = reader.Freshness()
		mustBe(t, err, Shrunk)
		_, err = reader.Wait(context.Background())
		mustBe(t, err, Shrunk)
	})
}

func TestOtherPanicsAreNotSwallowed(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("it was")
		}
	}()
	var reader *Reader
	_, _ = reader.Totals()
}

func TestTablesThatDoNotAddUpAreDamage(t *testing.T) {
	path := golden(t).save(t, "")
	reader := opened(t, path)
	write(t, path, int64(reader.regions[6].start(1))+40, []byte{0xff})
	_, err := reader.Frame()
	mustBe(t, err, Damaged)
	if generation(t, reader) != 3 {
		t.Fatal("totals need no tables")
	}
}

func TestWhatIsNotAWholeSnapshotIsRefused(t *testing.T) {
	cases := map[string]struct {
		change func(m image) image
		code   Code
	}{
		"empty":           {func(m image) image { return nil }, NotASnapshot},
		"short":           {func(m image) image { return m[:8191] }, NotASnapshot},
		"other magic":     {func(m image) image { return m.put(0, 1) }, NotASnapshot},
		"swapped magic":   {func(m image) image { copy(m, "\nPANSOCC"); return m }, ByteOrder},
		"swapped mark":    {func(m image) image { return m.put(8, 0x0807060504030201) }, ByteOrder},
		"other mark":      {func(m image) image { return m.put(8, 5).sealPage() }, Damaged},
		"major 2":         {func(m image) image { return m.put(16, 2<<32) }, Version},
		"checksum":        {func(m image) image { return m.put(1016, 1) }, Damaged},
		"length":          {func(m image) image { return append(m, make([]byte, 64)...) }, Damaged},
		"schema":          {func(m image) image { return m.put(16, 1<<32|1).sealPage() }, Damaged},
		"epoch 0":         {func(m image) image { return m.put(32, 0).sealPage() }, Damaged},
		"zone":            {func(m image) image { return m.put(120, 0xff).sealPage() }, Damaged},
		"region twice":    {func(m image) image { return m.put(216, 64<<32|1).sealPage() }, Damaged},
		"region missing":  {func(m image) image { return m.put(192, 0).sealPage() }, Damaged},
		"in page 0":       {func(m image) image { return m.put(200, 64).sealPage() }, Damaged},
		"overlap":         {func(m image) image { return m.put(200, 8192+64).sealPage() }, Damaged},
		"outside":         {func(m image) image { return m.put(224, 1<<63).sealPage() }, Damaged},
		"no rows":         {func(m image) image { return m.put(280, 0).sealPage() }, Damaged},
		"row of 7 bytes":  {func(m image) image { return m.put(264, 7<<32|4).sealPage() }, Damaged},
		"names of 8":      {func(m image) image { return m.put(240, 8<<32|3).sealPage() }, Damaged},
		"index of 3 rows": {func(m image) image { return m.put(192+9*24+16, 3).sealPage() }, Damaged},
	}
	for name, given := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Open(given.change(golden(t)).save(t, ""))
			mustBe(t, err, given.code)
		})
	}
}

func TestASlotThatPointsOutsideIsDamage(t *testing.T) {
	for name, at := range map[string]int{"bank": 32, "rows": 816, "oldest": 888, "names": 896, "sum of names": 904} {
		t.Run(name, func(t *testing.T) {
			_, err := opened(t, golden(t).put(newest+at, 1<<40).sealSlot(newest).save(t, "")).Frame()
			mustBe(t, err, Damaged)
		})
	}
}

func TestANameThatCannotBeRightIsDamage(t *testing.T) {
	names, bytes := opened(t, golden(t).save(t, "")).regions[regionNames].offset, uint64(96)
	for name, text := range map[string]string{"surrogate": "\xed\xa0\x80", "overlong": "\xc0\x80", "no UTF-8": "\xff"} {
		t.Run(name, func(t *testing.T) {
			m := golden(t)
			copy(m[names:], text)
			sum := crc32.ChecksumIEEE(m[names : names+bytes])
			_, err := opened(t, m.put(newest+904, uint64(sum)).sealSlot(newest).save(t, "")).Frame()
			mustBe(t, err, Damaged)
		})
	}
	t.Run("outside", func(t *testing.T) {
		m := golden(t)
		sum := crc32.ChecksumIEEE(m[names : names+bytes-1])
		m.put(newest+896, bytes-1).put(newest+904, uint64(sum)).sealSlot(newest)
		_, err := opened(t, m.save(t, "")).Frame()
		mustBe(t, err, Damaged)
	})
}

func TestTheHistoryBeginsWithItsOldestRow(t *testing.T) {
	before, err := opened(t, golden(t).save(t, "")).Frame()
	if err != nil {
		t.Fatal(err)
	}
	turned, err := opened(t, golden(t).put(newest+888, 1).sealSlot(newest).save(t, "")).Frame()
	if err != nil || len(turned.History) != 3 || turned.History[0] != before.History[1] || turned.History[2] != before.History[0] {
		t.Fatal(turned.History, err)
	}
}

func TestOnlyAFileOfOnesOwnIsOpened(t *testing.T) {
	path := golden(t).save(t, "")
	folder := filepath.Dir(path)
	for name, code := range map[string]Code{"nothing": Missing, "usage.snapshot/below": Missing, ".": NotAFile} {
		_, err := Open(filepath.Join(folder, name))
		mustBe(t, err, code)
	}
	if err := os.Symlink(path, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "pipe"} {
		_, err := Open(filepath.Join(folder, name))
		mustBe(t, err, NotAFile)
	}
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN: only root can give a file away")
	}
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	mustBe(t, err, ForeignOwner)
}

func TestAWaitReturnsTheNextCommitAndEndsInTime(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		reader := opened(t, path)
		if generation(t, reader) != 3 {
			t.Fatal("not the third")
		}
		short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := reader.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		commit(t, path, 4, 400)
		if totals, err := reader.Wait(context.Background()); err != nil || totals.Generation != 4 {
			t.Fatal(totals, err)
		}
	})
}

func TestAWaitNoticesAFileThatNobodyMarked(t *testing.T) {
	path := golden(t).save(t, "")
	reader := opened(t, path)
	if generation(t, reader) != 3 {
		t.Fatal("not the third")
	}
	golden(t).save(t, path)
	commit(t, path, 4, 400)
	long, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if totals, err := reader.Wait(long); err != nil || totals.Generation != 4 {
		t.Fatal(totals, err)
	}
}

func TestChangesAreThePresentAndThenEachNewerCommit(t *testing.T) {
	path := golden(t).save(t, "")
	enough := errors.New("enough")
	var seen []uint64
	err := opened(t, path).Changes(context.Background(), func(totals Totals) error {
		seen = append(seen, totals.Generation)
		if len(seen) == 4 {
			return enough
		}
		commit(t, path, totals.Generation+1, 7)
		return nil
	})
	if !errors.Is(err, enough) || len(seen) != 4 || seen[0] != 3 || seen[3] != 6 {
		t.Fatal(seen, err)
	}
}

func TestThePathIsWhereThePublisherPutsIt(t *testing.T) {
	variables := []string{"HOME", "XDG_STATE_HOME", "CCO_STATE", "CCO_SNAPSHOT"}
	for given, path := range map[string]string{
		"/h|||":         "/h/.local/state/cco/usage.snapshot",
		"/h|/s||":       "/s/cco/usage.snapshot",
		"/h|relative||": "/h/.local/state/cco/usage.snapshot",
		"/h||/z|":       "/z/usage.snapshot",
		"/h||/z|/x/y":   "/x/y",
	} {
		for i, value := range strings.Split(given, "|") {
			t.Setenv(variables[i], value)
		}
		if got, err := DefaultPath(); err != nil || got != path {
			t.Fatal(given, got, err)
		}
	}
	for _, variable := range variables {
		t.Setenv(variable, "")
	}
	_, err := DefaultPath()
	mustBe(t, err, Missing)
}

func TestMoneyIsExact(t *testing.T) {
	most := Picodollars{1<<64 - 1, 1<<64 - 1}
	for got, expected := range map[string]string{
		most.Decimal(12): "340282366920938463463374607.431768211455",
		Picodollars{0, 1_005_000_000_000}.String(): "1.01",
		Picodollars{0, 1_004_999_999_999}.String(): "1.00",
		Picodollars{}.Decimal(12):                  "0.000000000000",
		Picodollars{0, 500_000_000_000}.Decimal(0): "1",
	} {
		if got != expected {
			t.Errorf("%s, not %s", got, expected)
		}
	}
}

func TestTokensAreInputOutputAndCache(t *testing.T) {
	if got := countersOf([]uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}).Tokens(); got != 20 {
		t.Fatal(got)
	}
}

func BenchmarkTotals(b *testing.B)              { readTotals(b, golden(b)) }
func BenchmarkTotalsOfAnotherBoot(b *testing.B) { readTotals(b, golden(b).ofAnotherBoot()) }

func readTotals(b *testing.B, m image) {
	reader := opened(b, m.save(b, ""))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := reader.Totals(); err != nil {
			b.Fatal(err)
		}
	}
}
