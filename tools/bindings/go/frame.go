//go:build linux || darwin

// Totals and tables of one commit. Invariant: rows and names are believed only if their CRC-32 is right, and
// a frame takes memory by the bytes of its rows and names in the file: names share one text. Used by the reader.

package cco

import (
	"hash/crc32"
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// Frame returns totals and tables of one commit.
func (r *Reader) Frame() (frame Frame, err error) {
	defer caught(faults(), &err)
	for attempt := 1; ; attempt++ {
		totals, data, sum := r.totals(), [len(tables)][]uint64{}, uint64(0)
		refuse(totals.bank >= known[regionBanks].capacity, Damaged, "a slot names no bank")
		for i, number := range tables {
			region, rows := r.regions[number], totals.rows[i]
			refuse(rows > region.capacity, Damaged, "a table is longer than its region")
			data[i] = r.load(make([]uint64, rows*region.rowBytes/8), region.start(totals.bank))
			sum += sumOf(data[i], int(region.rowBytes/8), uint64(number))
		}
		// Loaded after the rows, and the sequence last: a bank that is being reused has a later one by now.
		row := r.regions[regionBanks].row(totals.bank)
		check, sequence := r.word(row+8), r.word(row)
		refuse(sequence < totals.sequence || sequence == totals.sequence && check != sum, Damaged, "the tables do not match their sum")
		if sequence == totals.sequence {
			return r.frameOf(totals, data), nil
		}
		again(attempt)
	}
}

// sumOf is the sum of the CRC-32 of rows, each with the number of its region and its own.
func sumOf(words []uint64, rowWords int, number uint64) (sum uint64) {
	for at := 0; at < len(words); at += rowWords {
		crc := crc32.ChecksumIEEE(bytesOf([]uint64{number, uint64(at / rowWords)}))
		sum += uint64(crc32.Update(crc, crc32.IEEETable, bytesOf(words[at:at+rowWords])))
	}
	return sum
}

// isWhole says whether a row is one commit's or report's: its sum covers all of it but the sum's word.
func isWhole(row []uint64) bool {
	return row[1] == uint64(crc32.Update(crc32.ChecksumIEEE(bytesOf(row[:1])), crc32.IEEETable, bytesOf(row[2:])))
}

func (r *Reader) frameOf(totals Totals, data [len(tables)][]uint64) Frame {
	region, length := r.regions[regionNames], totals.namesBytes
	refuse(length > region.capacity, Damaged, "the names are longer than their region")
	// They never change, so they need no looks at a sequence.
	text := append([]byte(nil), r.mapping[region.offset:region.offset+length]...)
	refuse(uint64(crc32.ChecksumIEEE(text)) != totals.namesCrc, Damaged, "the names do not match their checksum")
	refuse(!utf8.Valid(text), Damaged, "the names are not UTF-8")
	frame, names := Frame{Totals: totals}, names(text)
	for i, number := range tables {
		names.fill(reflect.ValueOf(&frame).Elem().Field(i+1), data[i], int(r.regions[number].rowBytes/8))
	}
	for i := range frame.Limits {
		frame.Limits[i].Kind = listed(frame.Limits[i].Kind, 4)
	}
	refuse(totals.oldest > 0 && totals.oldest >= uint64(len(frame.History)), Damaged, "the history begins after its end")
	frame.History = append(frame.History[totals.oldest:], frame.History[:totals.oldest]...)
	return frame
}

// names is the text that rows point into: all of it, and UTF-8 as a whole.
type names string

// fill makes rows of a list from words: the fields of a row's type are those of the row, in its order.
func (n names) fill(list reflect.Value, words []uint64, rowWords int) {
	list.Set(reflect.MakeSlice(list.Type(), len(words)/rowWords, len(words)/rowWords))
	for i := 0; i < list.Len(); i++ {
		row, w := list.Index(i), words[i*rowWords:]
		for j := 0; j < row.NumField(); j++ {
			field, size := row.Field(j), 1
			if field.Kind() == reflect.String {
				field.SetString(n.at(w[0]>>32, uint64(uint32(w[0]))))
			} else {
				size = copy(unsafe.Slice((*uint64)(field.Addr().UnsafePointer()), field.Type().Size()/8), w)
			}
			w = w[size:]
		}
	}
}

// at is a name: a part of the one text, so that it takes no memory, however many rows have it.
func (n names) at(length, start uint64) string {
	if length == 0 {
		return ""
	}
	end := start + length
	refuse(end > uint64(len(n)), Damaged, "a name lies outside the names")
	isCut := !utf8.RuneStart(n[start]) || end < uint64(len(n)) && !utf8.RuneStart(n[end])
	refuse(isCut, Damaged, "a name begins or ends inside a character")
	return string(n[start:end])
}
