//go:build linux || darwin

// Facts about names: each is its part of the names or damage, and takes no memory of its own.

package cco

import (
	"hash/crc32"
	"runtime"
	"strings"
	"testing"
)

// named makes the name of the first model another part of the names, which begin with this text.
func (m image) named(text string, start, length uint64) image {
	reader := m.reader()
	names, models := reader.regions[regionNames], reader.regions[tables[0]]
	copy(m[names.offset:], text)
	totals := reader.totals()
	sum := crc32.ChecksumIEEE(m[names.offset:][:totals.namesBytes])
	row, bank := models.start(totals.bank), reader.regions[regionBanks].row(totals.bank)
	count := totals.rows[0] * models.rowBytes / 8
	before := sumOf(reader.load(make([]uint64, count), row), int(models.rowBytes/8), uint64(tables[0]))
	m.put(int(row), length<<32|start)
	after := sumOf(reader.load(make([]uint64, count), row), int(models.rowBytes/8), uint64(tables[0]))
	m.put(int(bank)+8, reader.word(bank+8)-before+after)
	return m.put(newest+904, uint64(sum)).sealSlot(newest)
}

func TestANameIsItsPartOfTheNames(t *testing.T) {
	const whole = "\x1b[31mgrö\u202eße\U0001f600%#"
	for _, part := range []string{whole, "grö", "\u202e", "ße\U0001f600", "#", ""} {
		start := strings.Index(whole, part)
		frame, err := opened(t, golden(t).named(whole, uint64(start), uint64(len(part))).save(t, "")).Frame()
		if err != nil || frame.Models[0].Name != part {
			t.Fatalf("%q, where %q was to be: %v", frame.Models, part, err)
		}
	}
}

func TestANameThatCannotBeRightIsDamage(t *testing.T) {
	const text, cut = "the names are not UTF-8", "a name begins or ends inside a character"
	for name, given := range map[string]struct {
		names         string
		start, length uint64
		what          string
	}{
		"surrogate":         {"\xed\xa0\x80", 0, 3, text},
		"overlong":          {"\xc0\x80", 0, 2, text},
		"no UTF-8":          {"\xff", 0, 1, text},
		"in no name":        {"a\xff", 0, 1, text},
		"ends too early":    {"ö€", 0, 4, cut},
		"begins too late":   {"ö€", 1, 4, cut},
		"only a middle":     {"😀", 1, 2, cut},
		"ends outside":      {"", 95, 2, "a name lies outside the names"},
		"lies outside":      {"", 1 << 31, 1, "a name lies outside the names"},
		"as long as can be": {"", 0, 1<<32 - 1, "a name lies outside the names"},
	} {
		t.Run(name, func(t *testing.T) {
			frame, err := opened(t, golden(t).named(given.names, given.start, given.length).save(t, "")).Frame()
			mustBe(t, err, Damaged)
			if !strings.HasPrefix(err.Error(), given.what+": ") || frame.Models != nil {
				t.Fatal(err, frame.Models)
			}
		})
	}
}

func TestANameThatManyRowsHaveTakesTheMemoryOfOne(t *testing.T) {
	const rows, length = 1024, 1 << 16
	m := golden(t).withSessions(t, strings.Repeat("grö€ße 😀 ", length/20), rows)
	reader := opened(t, m.save(t, ""))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	frame, err := reader.Frame()
	runtime.ReadMemStats(&after)
	if err != nil || len(frame.Sessions) != rows {
		t.Fatal(len(frame.Sessions), err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 4*uint64(len(m)) {
		t.Fatalf("%d bytes for a file of %d", taken, len(m))
	}
	for i, session := range frame.Sessions {
		name := session.Session
		if len(name) < length/2 || !strings.HasPrefix(name, "grö€") || session.Project != name[1:] {
			t.Fatalf("session %d: %.20q %.20q", i, name, session.Project)
		}
	}
}

// withSessions makes a longer file, in which that many sessions have the same long name, and a project that
// is the name without its first byte.
func (m image) withSessions(t *testing.T, name string, rows uint64) image {
	t.Helper()
	const place, inNames = 2, 96 // the sessions among the tables, and what the names hold already
	reader := m.reader()
	totals, region, oldNames := reader.totals(), reader.regions[tables[place]], reader.regions[regionNames].offset
	old := reader.load(make([]uint64, totals.rows[place]*region.rowBytes/8), region.start(totals.bank))
	bank, size := reader.regions[regionBanks].row(totals.bank), int(region.rowBytes/8)
	check := reader.word(bank+8) - sumOf(old, size, uint64(tables[place]))
	// They lie behind all else.
	region.offset, region.capacity = uint64(len(m)+63)/64*64, rows
	newNames, bytes := region.start(2), uint64(inNames+len(name))
	m = append(m, make([]byte, newNames+(bytes+63)/64*64-uint64(len(m)))...)
	copy(m[newNames:], m[oldNames:][:inNames])
	copy(m[newNames+inNames:], name)
	words := make([]uint64, int(rows)*size)
	for at := 0; at < len(words); at += size {
		words[at], words[at+1] = uint64(len(name))<<32|inNames, uint64(len(name)-1)<<32|(inNames+1)
	}
	copy(m[region.start(totals.bank):], bytesOf(words))
	entry := func(number int) int { return 192 + 24*(number-1) }
	m.put(40, uint64(len(m))).put(entry(regionNames)+8, newNames).put(entry(regionNames)+16, bytes)
	m.put(entry(tables[place])+8, region.offset).put(entry(tables[place])+16, rows).sealPage()
	m.put(int(bank)+8, check+sumOf(words, size, uint64(tables[place])))
	m.put(newest+816+8*place, rows).put(newest+896, bytes)
	return m.put(newest+904, uint64(crc32.ChecksumIEEE(m[newNames:newNames+bytes]))).sealSlot(newest)
}
