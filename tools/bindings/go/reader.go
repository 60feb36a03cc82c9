//go:build linux || darwin

// Package cco reads the Claude Code usage that cco publishes: current totals in well under a microsecond,
// without a process, a lock or a parser.
//
// Invariant: what a Reader returns belongs to one whole commit and, within an epoch, is never older than what
// it returned before. The file is mapped, and what changes in it is read by atomic loads between two looks at
// a sequence. Go's atomics are sequentially consistent, so neither compiler nor processor moves a load past
// the second look. Tables and names, and everything in a file from another boot, are believed only if their
// CRC-32 is right as well. Every loop is bounded.
package cco

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const attempts, lookEvery = 64, 5 * time.Millisecond
const openFlags = os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK | syscall.O_NOCTTY

// Reader is an open snapshot, for one goroutine at a time.
type Reader struct {
	Tries     int // attempts that the last read took
	path      string
	status    os.FileInfo
	mapping   []byte
	identity  Identity
	regions   [len(known)]region
	needsSums bool
	floor     [3]uint64 // by region: the sequences of the newest commit and report that were returned
}

// Open opens the snapshot at path, or this user's if path is empty.
func Open(path string) (r *Reader, err error) {
	defer caught(faults(), &err)
	if path == "" {
		path = DefaultPath()
	}
	refuse(path == "", Missing, "neither HOME nor CCO_SNAPSHOT says where the snapshot is")
	return open(path), nil
}

// DefaultPath is where this user's snapshot is, by the same variables as for cco itself; empty if they do not
// say.
func DefaultPath() string {
	for i, place := range [...]struct{ variable, below string }{
		{"CCO_SNAPSHOT", ""}, {"CCO_STATE", "usage.snapshot"},
		{"XDG_STATE_HOME", "cco/usage.snapshot"}, {"HOME", ".local/state/cco/usage.snapshot"},
	} {
		// The XDG specification asks to ignore relative paths; those of cco may be.
		if at := os.Getenv(place.variable); filepath.IsAbs(at) || at != "" && i < 2 {
			return filepath.Join(at, place.below)
		}
	}
	return ""
}

func open(path string) *Reader {
	file, err := os.OpenFile(path, openFlags, 0)
	refuse(errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR), Missing, "no snapshot at "+path)
	isOther := errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENXIO)
	refuse(isOther, NotAFile, path+" is a link or not a regular file")
	must(err, "cannot open "+path)
	defer file.Close()
	status, err := file.Stat()
	must(err, "cannot examine "+path)
	refuse(!status.Mode().IsRegular(), NotAFile, path+" is not a regular file")
	owner := int(status.Sys().(*syscall.Stat_t).Uid)
	refuse(owner != 0 && owner != os.Geteuid(), ForeignOwner, fmt.Sprintf("%s belongs to user %d", path, owner))
	refuse(status.Size() < pageBytes, NotASnapshot, path+" is shorter than a snapshot")
	page := make([]uint64, pageBytes/8)
	_, err = file.ReadAt(bytesOf(page), 0)
	must(err, "cannot read "+path)
	identity, regions := parse(page, uint64(status.Size()))
	mapping, err := syscall.Mmap(int(file.Fd()), 0, int(status.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	must(err, "cannot map "+path)
	boot, none := bootID(), [2]uint64{}
	// A power cut may have saved only a part of the last commits of another boot, and only sums show that.
	needsSums := boot != identity.BootID && boot != none && identity.BootID != none
	return &Reader{0, path, status, mapping, identity, regions, needsSums, [3]uint64{}}
}

// Close closes the file. The reader cannot be used any more.
func (r *Reader) Close() (err error) {
	defer caught(faults(), &err)
	must(syscall.Munmap(r.mapping), "cannot unmap the snapshot")
	r.mapping = nil
	return nil
}

// Identity is what the open file states about itself.
func (r *Reader) Identity() Identity { return r.identity }

// Totals returns the newest commit.
func (r *Reader) Totals() (totals Totals, err error) {
	defer caught(faults(), &err)
	return r.totals(), nil
}

func (r *Reader) totals() (totals Totals) {
	r.read(regionSlots, 0, unsafe.Slice(&totals.sequence, 114))
	totals.Generation, totals.Complete = totals.sequence/2, totals.scanState == 1
	return totals
}

// Counters returns one set of counters of the newest commit. Check whether its period IsOver.
func (r *Reader) Counters(span Span) (period Period, err error) {
	defer caught(faults(), &err)
	read := Period{}
	r.read(regionSlots, uint64(span), unsafe.Slice((*uint64)(unsafe.Pointer(&read)), 18))
	if span == AllTime {
		read.Start, read.End = -1<<63, 1<<63-1
	}
	return read, nil
}

// Health returns the publisher's newest report on itself; nil if there is none.
func (r *Reader) Health() (health *Health, err error) {
	defer caught(faults(), &err)
	read := Health{}
	if !r.read(regionHealth, 2, unsafe.Slice((*uint64)(unsafe.Pointer(&read)), unsafe.Sizeof(read)/8)) {
		return nil, nil
	}
	read.Following = listed(read.Following, 2)
	return &read, nil
}

// Refresh opens the file at the path if there is one and it is another, and says whether it was. Reads do so
// by themselves once a publisher has marked the open file as superseded.
func (r *Reader) Refresh() (isOther bool, err error) {
	defer caught(faults(), &err)
	return r.refresh(), nil
}

func (r *Reader) refresh() bool {
	refuse(r.mapping == nil, Io, "the reader is closed")
	if now := statusAt(r.path); now == nil || os.SameFile(now, r.status) {
		return false
	}
	newer, tries := open(r.path), r.Tries
	// Sequences of different epochs cannot be compared.
	if newer.identity.Epoch == r.identity.Epoch {
		newer.floor[regionSlots] = r.floor[regionSlots]
	}
	must(r.Close(), "cannot close the old snapshot")
	*r, r.Tries = *newer, tries
	return true
}

// statusAt is what is at the path; nil if nothing is.
func statusAt(path string) os.FileInfo {
	status, err := os.Lstat(path)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	must(err, "cannot examine "+path)
	return status
}

// Wait returns newer totals than the last returned, as soon as there are any: every 5 ms it looks at the
// file, and whether another has taken the path, also while the open one is busy. If ctx ends before, its
// error is returned.
func (r *Reader) Wait(ctx context.Context) (Totals, error) {
	floor, epoch := r.floor[regionSlots], r.identity.Epoch
	for ctx.Err() == nil {
		totals, err := r.Totals()
		isNewer := r.floor[regionSlots] > floor || r.identity.Epoch != epoch
		if err == nil && isNewer || err != nil && !errors.Is(err, Busy) {
			return totals, err
		}
		if _, err = r.Refresh(); err != nil {
			return Totals{}, err
		}
		time.Sleep(lookEvery)
	}
	return Totals{}, ctx.Err()
}

// Changes gives the totals now, and then each time there are newer ones, until ctx ends or each returns an
// error.
func (r *Reader) Changes(ctx context.Context, each func(Totals) error) error {
	totals, err := r.Totals()
	for ; err == nil; totals, err = r.Wait(ctx) {
		if err := each(totals); err != nil {
			return err
		}
	}
	return err
}

// read copies words of the newest complete slot or report, from a word of it on, and says whether there is
// one: a slot there must be, not older than the last.
func (r *Reader) read(number int, from uint64, into []uint64) bool {
	for r.Tries = 1; ; r.Tries++ {
		rows, sequence, at := r.regions[number], uint64(0), uint64(0)
		for row := uint64(0); row < rows.capacity; row++ {
			if found := r.word(rows.row(row)); found > sequence && found%2 == 0 {
				sequence, at = found, rows.row(row)
			}
		}
		isNone := sequence == 0 && r.floor[number] == 0
		if isNone && number == regionHealth {
			return false
		}
		refuse(isNone && r.Tries == attempts, NothingPublished, "the snapshot holds no complete publish")
		if sequence > 0 && sequence >= r.floor[number] {
			r.load(into, at+8*from)
			isWhole := !r.needsSums || isWhole(r.load(make([]uint64, rows.rowBytes/8), at))
			if r.word(at) == sequence {
				refuse(!isWhole, Damaged, "the newest publish or report does not match its checksum")
				r.floor[number] = sequence
				// A publisher that replaced the file has marked the old one, and goes on in the new one.
				if r.word(8*atControl) == 0 || !r.refresh() {
					return true
				}
			}
		}
		again(r.Tries)
	}
}

// load copies words of the file from a place that has been checked.
func (r *Reader) load(into []uint64, at uint64) []uint64 {
	refuse(r.mapping == nil, Io, "the reader is closed")
	from := r.mapping[at:][:8*len(into)]
	for i := range into {
		// Aligned, for the mapping begins with a page and every place is a multiple of 8.
		into[i] = atomic.LoadUint64((*uint64)(unsafe.Pointer(&from[8*i])))
	}
	return into
}

func (r *Reader) word(at uint64) uint64 { return r.load(make([]uint64, 1), at)[0] }

// again gives a publisher at full speed time to finish before another attempt: none at first, then more and
// more. The last attempt has no other.
func again(attempt int) {
	refuse(attempt == attempts, Busy, "the publisher was writing during every attempt")
	time.Sleep(time.Duration(attempt/5) * 10 * time.Microsecond)
}

// bootID is the number of this boot; zeros if the system has none, as macOS.
func bootID() (id [2]uint64) {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it, the boot is unknown
	fmt.Sscanf(strings.ReplaceAll(string(text), "-", ""), "%16x%16x", &id[0], &id[1])
	return id
}
