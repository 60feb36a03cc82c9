//go:build linux || darwin

// Facts about the reader: which commit it returns, when it opens another file, what it refuses.

package cco

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// eachWay runs a test with a file whose sequences are believed and one whose sums are checked.
func eachWay(t *testing.T, test func(t *testing.T, m image)) {
	t.Run("of no boot", func(t *testing.T) { test(t, golden(t)) })
	t.Run("of another boot", func(t *testing.T) { test(t, golden(t).ofAnotherBoot()) })
}

func TestTheGoldenFileGivesItsKnownValues(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		reader := opened(t, m.save(t, ""))
		frame, err := reader.Frame()
		if err != nil {
			t.Fatal(err)
		}
		totals, err := reader.Totals()
		if err != nil || totals != frame.Totals {
			t.Fatal(totals, err)
		}
		cost := Picodollars{Lo: 311, Hi: 310}
		if totals.Generation != 3 || totals.AllTime.Requests != 301 || totals.AllTime.Cost != cost || !totals.Complete {
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
			frame.Agents[0].Name != "another-agent" || frame.Limits[0].Allowed != (Picodollars{Lo: 13, Hi: 12}) {
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

func TestAClosedReaderGivesErrorsAndNothingBesideThem(t *testing.T) {
	path := golden(t).save(t, "")
	reader := opened(t, path)
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	golden(t).save(t, path)
	isOther, err := reader.Refresh()
	mustBe(t, err, Io)
	period, err2 := reader.Counters(AllTime)
	mustBe(t, err2, Io)
	health, err3 := reader.Health()
	mustBe(t, err3, Io)
	if isOther || period != (Period{}) || health != nil || reader.mapping != nil {
		t.Fatal(isOther, period, health)
	}
}

func TestAReadThatOpensAnotherFileCountsAllItsAttempts(t *testing.T) {
	path := golden(t).save(t, "")
	reader := opened(t, path)
	golden(t).save(t, path)
	reader.Tries = 7
	if isOther, err := reader.Refresh(); err != nil || !isOther || reader.Tries != 7 {
		t.Fatal(isOther, err, reader.Tries)
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

func TestAFileThatIsShortenedBeforeItsNamesIsAnErrorAndNoFault(t *testing.T) {
	names := "a name\u00e9 "
	path := golden(t).withSessions(t, strings.Repeat(names, 4096), 1).save(t, "")
	reader := opened(t, path)
	// Whole pages are gone, and the tables before them are not.
	page := int64(os.Getpagesize())
	if err := os.Truncate(path, (int64(reader.regions[regionNames].offset)/page+1)*page); err != nil {
		t.Fatal(err)
	}
	if generation(t, reader) != 3 {
		t.Fatal("totals need no names")
	}
	_, err := reader.Frame()
	mustBe(t, err, Shrunk)
}

func TestAClosedReaderSaysSo(t *testing.T) {
	reader := opened(t, golden(t).save(t, ""))
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := reader.Totals()
	mustBe(t, err, Io)
	_, err = reader.Frame()
	mustBe(t, err, Io)
	_, err = reader.Health()
	mustBe(t, err, Io)
	_, err = reader.Freshness()
	mustBe(t, err, Io)
	mustBe(t, reader.Close(), Io)
}

func TestValuesLieInMemoryAsInTheFile(t *testing.T) {
	var totals Totals
	for what, places := range map[string][2]uintptr{
		"counters":    {unsafe.Sizeof(Counters{}), 128},
		"period":      {unsafe.Sizeof(Period{}), 144},
		"limit":       {unsafe.Sizeof(Limit{}), 24},
		"report":      {unsafe.Sizeof(Health{}), 664 - 16},
		"bank":        {unsafe.Offsetof(totals.bank), 32},
		"totals":      {unsafe.Offsetof(totals.AllTime), 8 * uintptr(AllTime+2)},
		"today":       {unsafe.Offsetof(totals.Today), 8 * uintptr(Today)},
		"this week":   {unsafe.Offsetof(totals.ThisWeek), 8 * uintptr(ThisWeek)},
		"this month":  {unsafe.Offsetof(totals.ThisMonth), 8 * uintptr(ThisMonth)},
		"block":       {unsafe.Offsetof(totals.Block), 8 * uintptr(Block)},
		"state":       {unsafe.Offsetof(totals.scanState), 760},
		"rows":        {unsafe.Offsetof(totals.rows), 816},
		"sum":         {unsafe.Offsetof(totals.namesCrc), 904},
		"no word":     {unsafe.Offsetof(totals.Generation), 8 * 114},
		"row of days": {unsafe.Sizeof(Day{}), uintptr(known[7].rowBytes)},
		"hours":       {unsafe.Sizeof(Hour{}), uintptr(known[8].rowBytes)},
		"history":     {unsafe.Sizeof(Past{}), uintptr(known[9].rowBytes)},
	} {
		if places[0] != places[1] {
			t.Error(what, places)
		}
	}
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
		change  func(m image) image
		outcome *Outcome
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
			mustBe(t, err, given.outcome)
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
	for name, outcome := range map[string]*Outcome{"nothing": Missing, "usage.snapshot/below": Missing, ".": NotAFile} {
		_, err := Open(filepath.Join(folder, name))
		mustBe(t, err, outcome)
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

func TestAWaitNoticesAnotherFileWhileTheOpenOneIsBusy(t *testing.T) {
	eachWay(t, func(t *testing.T, m image) {
		path := m.save(t, "")
		reader := opened(t, path)
		if generation(t, reader) != 3 {
			t.Fatal("not the third")
		}
		// As if a publisher was always in the middle of a commit.
		for slot := int64(0); slot < 4; slot++ {
			write(t, path, 1280+1728*slot, []byte{7})
		}
		_, err := reader.Totals()
		mustBe(t, err, Busy)
		// Nobody marks the old file.
		m.save(t, path)
		commit(t, path, 4, 400)
		long, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if totals, err := reader.Wait(long); err != nil || totals.Generation != 4 {
			t.Fatal(totals, err)
		}
	})
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
		if got := DefaultPath(); got != path {
			t.Fatal(given, got)
		}
	}
	for _, variable := range variables {
		t.Setenv(variable, "")
	}
	if got := DefaultPath(); got != "" {
		t.Fatal(got)
	}
	_, err := Open("")
	mustBe(t, err, Missing)
}

func TestMoneyIsExact(t *testing.T) {
	most := Picodollars{1<<64 - 1, 1<<64 - 1}
	for got, expected := range map[string]string{
		most.Decimal(12): "340282366920938463463374607.431768211455",
		Picodollars{Lo: 1_005_000_000_000}.String(): "1.01",
		Picodollars{Lo: 1_004_999_999_999}.String(): "1.00",
		Picodollars{}.Decimal(12):                   "0.000000000000",
		Picodollars{Lo: 500_000_000_000}.Decimal(0): "1",
	} {
		if got != expected {
			t.Errorf("%s, not %s", got, expected)
		}
	}
}

func TestTokensAreInputOutputAndCache(t *testing.T) {
	counters := Counters{
		Requests: 1, Messages: 10, InputTokens: 100, OutputTokens: 1000, CacheWrite5mTokens: 1e4,
		CacheWrite1hTokens: 1e5, CacheReadTokens: 1e6, WebSearchRequests: 1e7, UnpricedTokens: 1e8,
		ThinkingTokens: 1e9, ProvisionalOutputTokens: 1e10,
	}
	if got := counters.Tokens(); got != 1_111_100 {
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
