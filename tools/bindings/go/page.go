//go:build linux || darwin

// The static part of page 0: what a file is, who wrote it, and where its regions are. Invariant: regions that
// were returned lie inside their file, so whoever has them need not check offsets. Pure; used by the reader.

package cco

import (
	"fmt"
	"hash/crc32"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// What page 0 begins with: "CCOSNAP\n", the mark of byte order, and both as the other byte order shows them.
const magic, swappedMagic = 0x0a50414e534f4343, 0x43434f534e41500a
const endianMark, swappedMark = 0x0102030405060708, 0x0807060504030201

// The version that this reads, the bytes of page 0, and what is where in it, in words.
const major, minor, schema, pageBytes = 1, 1, 0x77750dea6c18ae3f, 8192
const atDirectory, atChecksum, atControl, atSlots = 24, 127, 128, 160

// Numbers of regions, and what a region may be.
const regionSlots, regionBanks, regionHealth, regionNames = 0, 1, 2, 3
const maxBytes, maxRows, maxRowBytes = 1 << 32, 1 << 32, 1 << 16

// The tables in the order in which a slot counts their rows.
var tables = [8]int{4, 5, 6, 7, 8, 9, 12, 13}

// Regions by their number: the least bytes of a row, the capacity if only one is right, copies. Bytes have
// rows of one byte, and only indexes of 8. The slots, which every file has in page 0, are region 0.
var known = [15]region{
	{8 * atSlots, 1728, 4, 1}, {0, 64, 2, 1}, {0, 1024, 4, 1}, {0, 1, 0, 1}, // slots, banks, health, names
	{0, 144, 0, 2}, {0, 296, 0, 2}, {0, 168, 0, 2}, {0, 136, 0, 2}, {0, 136, 0, 2}, {0, 136, 0, 2}, // to history
	{0, 8, 0, 2}, {0, 8, 0, 2}, {0, 144, 0, 2}, {0, 80, 0, 2}, {0, 1, 0, 1}, // indexes, agents, limits, layout
}

// Identity is what a file states about itself. Times are ms UTC.
type Identity struct {
	Major, Minor, Epoch, WriterPid, WeekStart uint64
	WriterStartedAt, CreatedAt                int64
	BootID                                    [2]uint64
	Program, Zone                             string
}

type region struct{ offset, rowBytes, capacity, copies uint64 }

// start is where a copy starts: each is rounded up to 64 bytes.
func (r region) start(copy uint64) uint64 { return r.offset + copy*((r.rowBytes*r.capacity+63)/64*64) }

func (r region) row(row uint64) uint64 { return r.offset + row*r.rowBytes }

// parse checks the static part, the words of page 0 in a file of so many bytes. Regions are by their number.
func parse(w []uint64, fileBytes uint64) (Identity, [len(known)]region) {
	refuse(w[0] == swappedMagic || w[1] == swappedMark, ByteOrder, "the snapshot has the other byte order")
	refuse(w[0] != magic, NotASnapshot, "the file is not a snapshot, for it lacks the magic number")
	refuse(w[1] != endianMark, Damaged, "the mark of byte order is wrong")
	refuse(w[2]>>32 != major, Version, fmt.Sprintf("the snapshot has layout %d, this reads %d", w[2]>>32, major))
	sum := uint64(crc32.ChecksumIEEE(bytesOf(w[:atChecksum])))
	refuse(w[atChecksum] != sum, Damaged, "the checksum of the static part is wrong")
	refuse(w[5] != fileBytes || fileBytes > maxBytes, Damaged, "the file has another length than at its creation")
	id := Identity{
		w[2] >> 32, uint64(uint32(w[2])), w[4], w[6], listed(w[11], 6), int64(w[7]), int64(w[10]),
		[2]uint64{w[8], w[9]}, textOf(w[12:15]), textOf(w[15:23]),
	}
	refuse(!utf8.ValidString(id.Program) || !utf8.ValidString(id.Zone), Damaged, "a text is not UTF-8")
	refuse(id.Minor == minor && w[3] != schema, Damaged, "the schema hash is not that of its version")
	refuse(id.Epoch == 0, Damaged, "the epoch is zero")
	return id, regionsOf(w[atDirectory:atDirectory+3*32], fileBytes)
}

func regionsOf(directory []uint64, fileBytes uint64) (found [len(known)]region) {
	for w := directory; len(w) > 0; w = w[3:] {
		// 0 is an unused entry; higher numbers are of a later minor version.
		if number := uint32(w[0]); number > 0 && int(number) < len(found) {
			refuse(found[number].copies != 0, Damaged, "a region is listed twice")
			found[number] = region{w[1], w[0] >> 32, w[2], known[number].copies}
		}
	}
	found[regionSlots] = known[regionSlots]
	for i, r := range found[1:] {
		least, isBytes, isIndex := known[i+1], known[i+1].rowBytes == 1, known[i+1].rowBytes == 8
		refuse(r.copies == 0, Damaged, "a region is missing from the directory")
		refuse(r.offset < pageBytes || r.offset%64 != 0, Damaged, "a region starts at an impossible offset")
		isWider := !isBytes && r.rowBytes%8 == 0 && r.rowBytes > least.rowBytes && r.rowBytes <= maxRowBytes
		refuse(r.rowBytes != least.rowBytes && !isWider, Damaged, "a region has an impossible row size")
		isCount := r.capacity > 0 && r.capacity <= maxRows && (least.capacity == 0 || r.capacity == least.capacity)
		refuse(!isCount, Damaged, "a region has an impossible capacity")
		refuse(isIndex && r.capacity&(r.capacity-1) != 0, Damaged, "the capacity of an index is no power of two")
		// The offset first: below that, the sum cannot overflow.
		refuse(r.offset > fileBytes || r.start(r.copies) > fileBytes, Damaged, "a region ends after the file")
		for _, other := range found[i+2:] {
			isApart := r.start(r.copies) <= other.offset || other.start(other.copies) <= r.offset
			refuse(!isApart, Damaged, "two regions overlap")
		}
	}
	return found
}

// textOf is the text of a field, up to the first zero byte.
func textOf(field []uint64) string { return strings.SplitN(string(bytesOf(field)), "\x00", 2)[0] }

// bytesOf shows words of this process as the bytes that they are in the file. There must be one.
func bytesOf(words []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))
}
