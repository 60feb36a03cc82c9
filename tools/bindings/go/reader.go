//go:build linux || darwin

// Package cco reads the Claude Code usage that cco publishes: current totals in well under a microsecond, without a
// process, a lock or a parser.
//
// Invariant: what a Reader returns belongs to one whole commit and, within an epoch, is never older than what it returned
// before. Totals come from a mapping of page 0, by atomic loads between two looks at the slot's sequence. Go's atomics are
// sequentially consistent, so neither compiler nor processor moves a load past the second look. Everything else, and
// everything in a file from another boot, is copied by pread and believed only if its CRC-32 is right. Every loop is
// bounded.
package cco

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	attempts              = 64
	atControl, atSlots    = 128, 160 // words of page 0
	slotWords, pageWords  = 216, pageBytes / 8
	checkEvery, lookEvery = time.Second, 5 * time.Millisecond
)

// Reader is an open snapshot, for one goroutine at a time.
type Reader struct {
	Tries    int // attempts that the last read took
	path     string
	file     *os.File
	inode    inode
	mapping  []byte
	page     *[pageWords]uint64 // nil if the file is not mapped
	identity Identity
	regions  []region
	sections []byte // room for copies of slots or reports
	floor    uint64 // the sequence of the newest commit returned
}

// Open opens the snapshot at path, or this user's if path is empty.
func Open(path string) (r *Reader, err error) {
	defer caught(faults(), &err)
	if path == "" {
		path, err = DefaultPath()
		if err != nil {
			return nil, err
		}
	}
	return open(path), nil
}

// DefaultPath is where this user's snapshot is, by the same variables as for cco itself.
func DefaultPath() (string, error) {
	if path := os.Getenv("CCO_SNAPSHOT"); path != "" {
		return path, nil
	}
	state := os.Getenv("CCO_STATE")
	// The XDG specification asks to ignore relative paths.
	if folder := os.Getenv("XDG_STATE_HOME"); state == "" && filepath.IsAbs(folder) {
		state = filepath.Join(folder, "cco")
	}
	if home := os.Getenv("HOME"); state == "" && filepath.IsAbs(home) {
		state = filepath.Join(home, ".local/state/cco")
	}
	if state == "" {
		return "", &Error{Code: Missing, What: "neither HOME nor CCO_SNAPSHOT says where the snapshot is"}
	}
	return filepath.Join(state, "usage.snapshot"), nil
}

// Close closes the file. The reader cannot be used any more.
func (r *Reader) Close() (err error) {
	defer caught(faults(), &err)
	if r.mapping != nil {
		must(syscall.Munmap(r.mapping), "cannot unmap the snapshot")
		r.mapping, r.page = nil, nil
	}
	must(r.file.Close(), "cannot close the snapshot")
	return nil
}

// Identity is what the open file states about itself.
func (r *Reader) Identity() Identity { return r.identity }

// Totals returns the newest commit.
func (r *Reader) Totals() (totals Totals, err error) {
	defer caught(faults(), &err)
	var slot [slotUsed]uint64
	r.read(slot[:], 0)
	return totalsOf(slot[:]), nil
}

// Counters returns one set of counters of the newest commit. Check whether its period IsOver.
func (r *Reader) Counters(span Span) (period Period, err error) {
	defer caught(faults(), &err)
	var words [18]uint64
	r.read(words[:], int(span))
	return periodOf(words[:], span), nil
}

// Frame returns totals and tables of one commit.
func (r *Reader) Frame() (frame Frame, err error) {
	defer caught(faults(), &err)
	type outcome struct{ sequence, bank, check, sum uint64 }
	var before outcome
	for attempt := 1; attempt <= attempts; attempt++ {
		var w [slotUsed]uint64
		r.read(w[:], 0)
		refuse(w[atBank] >= bankCount, Damaged, "a slot names no bank")
		var data [len(tables)][]byte
		var sum uint64
		for i, number := range tables {
			region, rows := r.regions[number], w[atRows+i]
			refuse(rows > region.capacity, Damaged, "a table is longer than its region")
			data[i] = r.bytes(region.start(w[atBank]), rows*region.rowBytes)
			sum += sumOf(data[i], uint64(number), region.rowBytes)
		}
		// Read after the rows: a bank that is being reused has another sequence by now.
		header := wordsOf(r.bytes(r.regions[regionBanks].offset+w[atBank]*r.regions[regionBanks].rowBytes, 16))
		now := outcome{w[0], header[0], header[1], sum}
		if now.bank == now.sequence && now.check == sum {
			return r.frameOf(w[:], data), nil
		}
		refuse(now.bank <= now.sequence && now == before, Damaged, "the tables do not match their checksum")
		before = now
		pause(attempt)
	}
	return frame, &Error{Code: Busy, What: "the publisher was writing during every attempt"}
}

func (r *Reader) frameOf(w []uint64, data [len(tables)][]byte) Frame {
	refuse(w[atNamesBytes] > r.regions[regionNames].capacity, Damaged, "the names are longer than their region")
	n := names(r.bytes(r.regions[regionNames].offset, w[atNamesBytes]))
	refuse(uint64(crc32.ChecksumIEEE(n)) != w[atNamesCrc], Damaged, "the names do not match their checksum")
	at := func(i int) ([]uint64, int) { return wordsOf(data[i]), int(r.regions[tables[i]].rowBytes / 8) }
	frame := Frame{
		totalsOf(w), rowsOf[Model](n)(at(0)), rowsOf[Project](n)(at(1)), rowsOf[Session](n)(at(2)),
		rowsOf[Day](n)(at(3)), rowsOf[Hour](n)(at(4)), rowsOf[Past](n)(at(5)), rowsOf[Agent](n)(at(6)),
		rowsOf[AccountLimit](n)(at(7)),
	}
	for i := range frame.Limits {
		frame.Limits[i].Kind = listed(frame.Limits[i].Kind, 4)
	}
	oldest, rows := w[atOldest], w[atRows+tableHistory]
	refuse(oldest != 0 && oldest >= rows, Damaged, "the history begins after its end")
	frame.History = append(frame.History[oldest:rows:rows], frame.History[:oldest]...)
	return frame
}

// Health returns the publisher's newest report on itself; nil if there is none.
func (r *Reader) Health() (health *Health, err error) {
	defer caught(faults(), &err)
	region := r.regions[regionHealth]
	data, at := r.section(region.offset, 0, int(region.rowBytes), false)
	if at < 0 {
		return nil, nil
	}
	health = &Health{}
	names(nil).fill(reflect.ValueOf(health).Elem(), wordsOf(data[at+16:]))
	health.Following = listed(health.Following, 2)
	return health, nil
}

// Refresh opens the file at the path if there is one and it is another, and says whether it was. Reads do so by
// themselves once a publisher has marked the open file as superseded.
func (r *Reader) Refresh() (isOther bool, err error) {
	defer caught(faults(), &err)
	return r.refresh(), nil
}

// Wait returns newer totals than the last returned, as soon as there are any. It looks every 5 ms, and once a second
// whether the file was replaced. If ctx ends before, its error is returned.
func (r *Reader) Wait(ctx context.Context) (Totals, error) {
	floor, epoch, checkAt := r.floor, r.identity.Epoch, time.Now().Add(checkEvery)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		totals, err := r.Totals()
		if err == nil && (r.floor > floor || r.identity.Epoch != epoch) {
			return totals, nil
		}
		if err == nil && time.Now().After(checkAt) {
			checkAt = time.Now().Add(checkEvery)
			_, err = r.Refresh()
		}
		if err != nil && !errors.Is(err, Busy) {
			return Totals{}, err
		}
		select {
		case <-ctx.Done():
			return Totals{}, ctx.Err()
		case <-look.C:
		}
	}
}

// Changes gives the totals now, and then each time there are newer ones, until ctx ends or each returns an error.
func (r *Reader) Changes(ctx context.Context, each func(Totals) error) error {
	totals, err := r.Totals()
	for err == nil {
		if err = each(totals); err == nil {
			totals, err = r.Wait(ctx)
		}
	}
	return err
}

func open(path string) *Reader {
	// If this ends the call, the file is closed when it is collected.
	file, fileBytes, inode := openFile(path)
	r := &Reader{path: path, file: file, inode: inode}
	refuse(fileBytes < pageBytes, NotASnapshot, path+" is shorter than a snapshot")
	r.identity, r.regions = parse(r.bytes(0, pageBytes), fileBytes)
	// A power cut may have saved only a part of the last commits of another boot, and only sums show that.
	boot, none := bootID(), [2]uint64{}
	if r.identity.BootID == boot || r.identity.BootID == none || boot == none {
		var err error
		r.mapping, err = syscall.Mmap(int(file.Fd()), 0, pageBytes, syscall.PROT_READ, syscall.MAP_SHARED)
		must(err, "cannot map the snapshot")
		// A page long, aligned to one, and there until Close. Its words are only loaded, and by atomics.
		r.page = (*[pageWords]uint64)(unsafe.Pointer(&r.mapping[0]))
	}
	return r
}

func (r *Reader) refresh() bool {
	if now := inodeAt(r.path); now == (inode{}) || now == r.inode {
		return false
	}
	newer := open(r.path)
	// Sequences of different epochs cannot be compared.
	if newer.identity.Epoch == r.identity.Epoch {
		newer.floor = r.floor
	}
	must(r.Close(), "cannot close the old snapshot")
	*r = *newer
	return true
}

// bytes reads so many bytes of the file, whose place has been checked.
func (r *Reader) bytes(offset, count uint64) []byte {
	data := make([]byte, count)
	r.fill(data, offset)
	return data
}

func (r *Reader) fill(data []byte, offset uint64) {
	if read, err := r.file.ReadAt(data, int64(offset)); read < len(data) {
		refuse(errors.Is(err, io.EOF), Shrunk, "the snapshot was shortened while it was read")
		must(err, "cannot read the snapshot")
	}
}

// read copies words of the newest slot, from a word on.
func (r *Reader) read(into []uint64, from int) {
	for attempt := 1; attempt <= attempts; attempt++ {
		isSuperseded := r.page != nil && r.mapped(into, from) || r.page == nil && r.copied(into, from)
		// A publisher that replaced the file has marked the old one, and goes on in the new one.
		if !isSuperseded || !r.refresh() {
			return
		}
	}
	refuse(true, Busy, "the snapshot was replaced during every attempt")
}

func (r *Reader) mapped(into []uint64, from int) (isSuperseded bool) {
	isPublished := r.floor > 0
	for r.Tries = 1; r.Tries <= attempts; r.Tries++ {
		sequence, at := uint64(0), 0
		for slot := atSlots; slot < pageWords; slot += slotWords {
			if found := atomic.LoadUint64(&r.page[slot]); found > sequence && found%2 == 0 {
				sequence, at = found, slot
			}
		}
		if sequence > 0 && sequence >= r.floor {
			for i := range into {
				into[i] = atomic.LoadUint64(&r.page[at+from+i])
			}
			if atomic.LoadUint64(&r.page[at]) == sequence {
				r.floor = sequence
				return atomic.LoadUint64(&r.page[atControl]) != 0
			}
		}
		isPublished = isPublished || sequence > 0
	}
	return r.unread(isPublished)
}

func (r *Reader) copied(into []uint64, from int) (isSuperseded bool) {
	data, at := r.section(8*atControl, 8*(atSlots-atControl), 8*slotWords, true)
	for i := range into {
		into[i] = binary.LittleEndian.Uint64(data[at+8*(from+i):])
	}
	r.floor = binary.LittleEndian.Uint64(data[at:])
	return binary.LittleEndian.Uint64(data) != 0
}

// section copies four sections of so many bytes that follow what is to be skipped, and finds the newest complete one. If
// there must be one, it is not below the floor; otherwise none is at -1.
func (r *Reader) section(offset uint64, skip, size int, isNeeded bool) (data []byte, at int) {
	var before []byte
	isPublished := r.floor > 0
	if len(r.sections) != skip+4*size {
		r.sections = make([]byte, skip+4*size)
	}
	data = r.sections
	for r.Tries = 1; r.Tries <= attempts; r.Tries++ {
		r.fill(data, offset)
		sequence, at := uint64(0), -1
		for start := skip; start < len(data); start += size {
			if found := binary.LittleEndian.Uint64(data[start:]); found > sequence && found%2 == 0 {
				sequence, at = found, start
			}
		}
		if at < 0 && !isNeeded {
			return data, at
		}
		isWhole := at >= 0 && isWhole(data[at:at+size])
		if isWhole && (sequence >= r.floor || !isNeeded) {
			return data, at
		}
		isSame := at >= 0 && !isWhole && bytes.Equal(data[skip:], before)
		refuse(isSame, Damaged, "the newest publish or report does not match its checksum")
		before, isPublished = append(before[:0], data[skip:]...), isPublished || at >= 0
		pause(r.Tries)
	}
	r.unread(isPublished)
	return nil, -1
}

// unread ends a read whose attempts are used up.
func (r *Reader) unread(isPublished bool) bool {
	refuse(isPublished, Busy, "the publisher was writing during every attempt")
	refuse(true, NothingPublished, "the snapshot holds no complete publish")
	return false
}

// isWhole says whether the copy of a slot or report is one commit's: its sum covers all of it but the sum's word.
func isWhole(section []byte) bool {
	sum := crc32.Update(crc32.ChecksumIEEE(section[:8]), crc32.IEEETable, section[16:])
	return binary.LittleEndian.Uint64(section[8:]) == uint64(sum)
}

// sumOf is the sum of the CRC-32 of rows, each with the number of its region and its own.
func sumOf(rows []byte, number, rowBytes uint64) (sum uint64) {
	var place [16]byte
	binary.LittleEndian.PutUint64(place[:], number)
	for row := uint64(0); row*rowBytes < uint64(len(rows)); row++ {
		binary.LittleEndian.PutUint64(place[8:], row)
		crc := crc32.ChecksumIEEE(place[:])
		sum += uint64(crc32.Update(crc, crc32.IEEETable, rows[row*rowBytes:(row+1)*rowBytes]))
	}
	return sum
}

// pause gives a publisher at full speed time to finish; the first attempts do not wait.
func pause(attempt int) {
	if attempt > 4 {
		time.Sleep(50 * time.Microsecond)
	}
}
