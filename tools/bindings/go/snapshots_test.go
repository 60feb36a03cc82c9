//go:build linux || darwin

// Snapshot files for tests: the golden file of layout 1, with other commits, words and sums. Invariant: what
// is changed is sealed again, so that a test fails for the fault it makes and no other.

package cco

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	repository = "../../.."
	newest     = 1280 + 3*1728 // the golden file has three commits
)

type image []byte

func golden(t testing.TB) image {
	t.Helper()
	text, err := os.ReadFile(repository + "/tests/golden/layout-1.hex")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	length, err := strconv.Atoi(strings.TrimPrefix(lines[0], "length "))
	if err != nil {
		t.Fatal(err)
	}
	made := make(image, length)
	for _, line := range lines[1:] {
		offset, digits, _ := strings.Cut(line, ": ")
		at, err := strconv.ParseUint(offset, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		data, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		copy(made[at:], data)
	}
	return made
}

func (m image) put(at int, word uint64) image {
	binary.LittleEndian.PutUint64(m[at:], word)
	return m
}

func (m image) sealPage() image { return m.put(1016, uint64(crc32.ChecksumIEEE(m[:1016]))) }

func (m image) sealSlot(at int) image {
	sum := crc32.Update(crc32.ChecksumIEEE(m[at:at+8]), crc32.IEEETable, m[at+16:at+1728])
	return m.put(at+8, uint64(sum))
}

// ofAnotherBoot makes readers check sums: a power cut may have spoilt the file.
func (m image) ofAnotherBoot() image { return m.put(64, 1).put(72, 2).sealPage() }

// reader looks at the words of a file that is nowhere but here.
func (m image) reader() *Reader {
	reader := &Reader{mapping: m}
	_, reader.regions = parse(reader.load(make([]uint64, pageBytes/8), 0), uint64(len(m)))
	return reader
}

func (m image) save(t testing.TB, path string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "usage.snapshot")
	}
	if err := os.WriteFile(path+".new", m, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return path
}

// write changes bytes of a file in place, as a publisher does.
func write(t testing.TB, path string, at int64, data []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(data, at); err != nil {
		t.Fatal(err)
	}
}

// commit makes one more commit in place, without tables, which are for the tests of frames.
func commit(t testing.TB, path string, generation, requests uint64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, at := image(text), 1280+int(generation%4)*1728
	copy(m[at:at+1728], m[newest:newest+1728])
	m.put(at, 2*generation).put(at+40, requests).sealSlot(at)
	write(t, path, int64(at), m[at:at+1728])
}

func opened(t testing.TB, path string) *Reader {
	t.Helper()
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return reader
}

// generation is the newest commit, of which there must be one.
func generation(t testing.TB, reader *Reader) uint64 {
	t.Helper()
	totals, err := reader.Totals()
	if err != nil {
		t.Fatal(err)
	}
	return totals.Generation
}

func mustBe(t testing.TB, err error, outcome *Outcome) {
	t.Helper()
	if !errors.Is(err, outcome) {
		t.Fatalf("%v, where outcome %d was to be: %v", err, outcome.Code, outcome)
	}
	if !strings.Contains(err.Error(), ": ") {
		t.Fatalf("%v says not what to do next", err)
	}
}
