//go:build linux || darwin

// The static part of page 0: what a file is, who wrote it, and where its regions are. Invariant: regions that were
// returned lie inside their file, so whoever has them need not check offsets. Pure; used by the reader.

package cco

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"unicode/utf8"
)

const (
	pageBytes, maxBytes, maxRows, maxRowBytes   = 8192, 1 << 32, 1 << 32, 1 << 16
	endianMark, major, minor, schema            = 0x0102030405060708, 1, 1, 0x77750dea6c18ae3f
	atDirectory, entries, atChecksum, bankCount = 24, 32, 127, 2 // in words, and how many
	regionBanks, regionHealth, regionNames      = 1, 2, 3
	tableHistory                                = 5
)

var (
	magic = []byte("CCOSNAP\n")
	// In the order in which a slot counts their rows.
	tables = [8]int{4, 5, 6, 7, 8, 9, 12, 13}
	// Copies, the least bytes of a row, the capacity if only one is right; by number, from 1 on. Bytes have rows of one byte.
	known = [14]region{
		{0, 64, 2, 1}, {0, 1024, 4, 1}, {0, 1, 0, 1}, {0, 144, 0, 2}, {0, 296, 0, 2}, {0, 168, 0, 2}, {0, 136, 0, 2},
		{0, 136, 0, 2}, {0, 136, 0, 2}, {0, 8, 0, 2}, {0, 8, 0, 2}, {0, 144, 0, 2}, {0, 80, 0, 2}, {0, 1, 0, 1},
	}
)

// Identity is what a file states about itself. Times are ms UTC.
type Identity struct {
	Major, Minor     uint64
	Epoch, WriterPid uint64
	WriterStartedAt  int64
	BootID           [2]uint64
	CreatedAt        int64
	WeekStart        uint64
	Program, Zone    string
}

type region struct{ offset, rowBytes, capacity, copies uint64 }

// start is where a copy starts: each is rounded up to 64 bytes.
func (r region) start(copy uint64) uint64 {
	bytes := r.rowBytes * r.capacity
	return r.offset + copy*((bytes+63)/64*64)
}

// parse reads and checks the static part of a file of so many bytes.
func parse(page []byte, fileBytes uint64) (Identity, []region) {
	w := wordsOf(page)
	isSwapped := w[0] == binary.BigEndian.Uint64(magic) || bits.ReverseBytes64(w[1]) == endianMark
	refuse(isSwapped, ByteOrder, "the snapshot has the other byte order")
	refuse(!bytes.HasPrefix(page, magic), NotASnapshot, "the file is not a snapshot, for it lacks the magic number")
	refuse(w[1] != endianMark, Damaged, "the mark of byte order is wrong")
	refuse(w[2]>>32 != major, Version, fmt.Sprintf("the snapshot has layout %d, this reads %d", w[2]>>32, major))
	sum := uint64(crc32.ChecksumIEEE(page[:8*atChecksum]))
	refuse(w[atChecksum] != sum, Damaged, "the checksum of the static part is wrong")
	refuse(w[5] != fileBytes || fileBytes > maxBytes, Damaged, "the file does not have the length it was created with")
	id := Identity{
		w[2] >> 32, w[2] & math.MaxUint32, w[4], w[6], int64(w[7]), [2]uint64{w[8], w[9]}, int64(w[10]),
		listed(w[11], 6), textOf(page[96:120]), textOf(page[120:184]),
	}
	refuse(id.Minor == minor && w[3] != schema, Damaged, "the schema hash is not that of its version")
	refuse(id.Epoch == 0, Damaged, "the epoch is zero")
	return id, regionsOf(w, fileBytes)
}

// regionsOf reads and checks the directory: regions by their number.
func regionsOf(w []uint64, fileBytes uint64) []region {
	found := make([]region, len(known)+1)
	for at := atDirectory; at < atDirectory+3*entries; at += 3 {
		// 0 is an unused entry; higher numbers are of a later minor version.
		if number := w[at] & math.MaxUint32; number > 0 && number < uint64(len(found)) {
			refuse(found[number].copies != 0, Damaged, "a region is listed twice")
			found[number] = region{w[at+1], w[at] >> 32, w[at+2], known[number-1].copies}
		}
	}
	for i, least := range known {
		found[i+1].check(least, i+1 == 10 || i+1 == 11, fileBytes)
	}
	for i, one := range found[1:] {
		for _, other := range found[i+2:] {
			isApart := one.start(one.copies) <= other.offset || other.start(other.copies) <= one.offset
			refuse(!isApart, Damaged, "two regions overlap")
		}
	}
	return found
}

func (r region) check(least region, isIndex bool, fileBytes uint64) {
	refuse(r.copies == 0, Damaged, "a region is missing from the directory")
	refuse(r.offset < pageBytes || r.offset%64 != 0, Damaged, "a region starts at an impossible offset")
	isWhole := r.rowBytes%8 == 0 && r.rowBytes >= least.rowBytes && r.rowBytes <= maxRowBytes
	if least.rowBytes == 1 {
		isWhole = r.rowBytes == 1
	}
	refuse(!isWhole, Damaged, "a region has an impossible row size")
	isRight := r.capacity > 0 && r.capacity <= maxRows && (least.capacity == 0 || r.capacity == least.capacity)
	refuse(!isRight, Damaged, "a region has an impossible capacity")
	refuse(isIndex && r.capacity&(r.capacity-1) != 0, Damaged, "the capacity of an index is no power of two")
	// The offset first: below that, the sum cannot overflow.
	refuse(r.offset > fileBytes || r.start(r.copies) > fileBytes, Damaged, "a region ends after the end of the file")
}

func textOf(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	refuse(!utf8.Valid(text), Damaged, "a text of the static part is not UTF-8")
	return string(text)
}

func wordsOf(data []byte) []uint64 {
	words := make([]uint64, len(data)/8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return words
}
