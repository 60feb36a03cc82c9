//go:build linux || darwin

// What a snapshot says, as plain values: a type for each structure and row of LAYOUT.md, with its field names.
// Invariant: money is an exact number, times are ms UTC, and nothing passes through floating point. For everyone; the
// reader makes them from words that it has checked.

package cco

import (
	"math"
	"math/big"
	"reflect"
	"unicode/utf8"
)

// Picodollars is an amount of money: 10⁻¹² US dollars in 128 bits.
type Picodollars struct{ Hi, Lo uint64 }

// Big gives the amount as one number.
func (p Picodollars) Big() *big.Int {
	whole := new(big.Int).Lsh(new(big.Int).SetUint64(p.Hi), 64)
	return whole.Or(whole, new(big.Int).SetUint64(p.Lo))
}

// Decimal gives US dollars, rounded half up to so many decimals; with 12 it is exact.
func (p Picodollars) Decimal(decimals int) string {
	return new(big.Rat).SetFrac(p.Big(), big.NewInt(1_000_000_000_000)).FloatString(decimals)
}

// String gives US dollars to the cent.
func (p Picodollars) String() string { return p.Decimal(2) }

// Counters is a set of counters.
type Counters struct {
	Requests, Messages, InputTokens, OutputTokens           uint64
	CacheWrite5mTokens, CacheWrite1hTokens, CacheReadTokens uint64
	WebSearchRequests, UnpricedTokens                       uint64
	Cost                                                    Picodollars
	ThinkingTokens, WebFetchRequests                        uint64
	ProvisionalMessages, ProvisionalOutputTokens            uint64
}

// Tokens is input, output and cache together.
func (c Counters) Tokens() uint64 {
	return c.InputTokens + c.OutputTokens + c.CacheWrite5mTokens + c.CacheWrite1hTokens + c.CacheReadTokens
}

// Period is a stretch of time and what was used in it.
type Period struct {
	Start, End int64
	Counters   Counters
}

// IsOver says whether its figures are those of a past period.
func (p Period) IsOver(nowMs int64) bool { return nowMs >= p.End }

// Limit is the use of a limit of the account, in millionths. SeenAt is 0 if it was never reported, ResetsAt if unknown.
type Limit struct {
	Used             uint64
	ResetsAt, SeenAt int64
}

// IsOver says whether it has been reset since: current use is unknown.
func (l Limit) IsOver(nowMs int64) bool { return l.ResetsAt != 0 && nowMs >= l.ResetsAt }

// Totals is one commit. Unless it is Complete, transcripts are still being read and totals are a lower bound. The end of
// Block is 0 if there is none.
type Totals struct {
	Generation                        uint64
	PublishedAt                       int64
	AllTime                           Counters
	Today, ThisWeek, ThisMonth, Block Period
	BlockFirstAt, BlockLastAt         int64
	Complete                          bool
	FiveHourLimit, SevenDayLimit      Limit
	SessionsLeftOut                   uint64
}

// Model is a model.
type Model struct {
	Name     string
	Agent    uint64
	Counters Counters
}

// Project is a project: its key, and its folder, which is empty if unknown.
type Project struct {
	Project, Path   string
	Agent           uint64
	FirstAt, LastAt int64
	Counters, Today Counters
}

// Session is one of the 4,096 newest sessions.
type Session struct {
	Session, Project string
	Agent            uint64
	FirstAt, LastAt  int64
	Counters         Counters
}

// Day is a day in the file's zone; its date is a number such as 20261124.
type Day struct {
	Date     uint64
	Counters Counters
}

// Hour is a UTC hour of the last 31 days.
type Hour struct {
	Start    int64
	Counters Counters
}

// Past is the totals of all time as they were at a moment.
type Past struct {
	At       int64
	Counters Counters
}

// Agent is an agent whose transcripts are counted; 0 is Claude Code.
type Agent struct {
	Agent    uint64
	Name     string
	Counters Counters
}

// AccountLimit is a limit of the account. Kinds: 1 five hours, 2 seven days, 3 seven days of a model, 4 money, 0 another.
type AccountLimit struct {
	Agent, Kind      uint64
	Scope            string
	Used             uint64
	ResetsAt, SeenAt int64
	Spent, Allowed   Picodollars
}

// Frame is totals and tables of one commit. Rows are in no order, except History, which begins with the oldest.
type Frame struct {
	Totals   Totals
	Models   []Model
	Projects []Project
	Sessions []Session
	Days     []Day
	Hours    []Hour
	History  []Past
	Agents   []Agent
	Limits   []AccountLimit
}

// Health is the publisher's report on itself; LAYOUT.md says what each figure is. A sum of durations is unknown if it is 0
// and its histogram is not: files of layout 1.0 lack it.
type Health struct {
	UpdatedAt                                                                     int64
	Roots, Files, FileBytes, SkippedFiles, Passes, BytesRead, Lines, Records      uint64
	Requests, DuplicatesMerged, MalformedLines, UnfinishedLines, SyntheticRecords uint64
	BadTimestamps, Truncations, LostEvents, Errors                                uint64
	LastErrorAt                                                                   int64
	ScanUs, PassUs, CommitUs, PublishUs, LagUs, Following, PollIntervalMs         uint64
	FoldersUnwatched, ResidentBytes, LedgerBytes                                  uint64
	_                                                                             uint64
	PassHistogram, CommitHistogram, PublishHistogram                              [16]uint64
	PassUsSum, CommitUsSum, PublishUsSum                                          uint64
}

// Span is what a set of counters in a slot is over: where it is there, in words.
type Span int

// The spans of Reader.Counters. AllTime has the start and end of int64.
const (
	AllTime   Span = 5
	Today     Span = 21
	ThisWeek  Span = 39
	ThisMonth Span = 57
	Block     Span = 75
)

// Words of a slot: those before sessionsLeftOut count the rows of each table.
const (
	atBank, atRows, atLeftOut, atOldest, atNamesBytes, atNamesCrc, slotUsed = 4, 102, 110, 111, 112, 113, 114
)

func countersOf(w []uint64) Counters {
	return Counters{
		w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], Picodollars{w[10], w[9]}, w[11], w[12], w[13], w[14],
	}
}

func periodOf(w []uint64, span Span) Period {
	if span == AllTime {
		return Period{math.MinInt64, math.MaxInt64, countersOf(w)}
	}
	return Period{int64(w[0]), int64(w[1]), countersOf(w[2:])}
}

func totalsOf(w []uint64) Totals {
	limit := func(at int) Limit { return Limit{w[at], int64(w[at+1]), int64(w[at+2])} }
	return Totals{
		w[0] / 2, int64(w[3]), countersOf(w[AllTime:]),
		periodOf(w[Today:], Today), periodOf(w[ThisWeek:], ThisWeek), periodOf(w[ThisMonth:], ThisMonth),
		periodOf(w[Block:], Block), int64(w[93]), int64(w[94]), w[95] == 1, limit(96), limit(99), w[atLeftOut],
	}
}

// names is the text that rows point into.
type names []byte

// rowsOf decodes rows: the fields of a row's type are those of the row, in its order.
func rowsOf[T any](n names) func(words []uint64, rowWords int) []T {
	return func(words []uint64, rowWords int) []T {
		rows := make([]T, len(words)/rowWords)
		for i := range rows {
			n.fill(reflect.ValueOf(&rows[i]).Elem(), words[i*rowWords:])
		}
		return rows
	}
}

// fill decodes one value, and returns the words after it.
func (n names) fill(value reflect.Value, w []uint64) []uint64 {
	switch into := value.Addr().Interface().(type) {
	case *uint64:
		*into = w[0]
	case *int64:
		*into = int64(w[0])
	case *string:
		*into = n.text(w[0]>>32, w[0]&math.MaxUint32)
	case *Picodollars:
		*into, w = Picodollars{w[1], w[0]}, w[1:]
	case *Counters:
		*into, w = countersOf(w), w[15:]
	case *[16]uint64:
		copy(into[:], w)
		w = w[15:]
	default:
		for i := 0; i < value.NumField(); i++ {
			if field := value.Field(i); field.CanSet() {
				w = n.fill(field, w)
			} else {
				w = w[1:] // a reserved word
			}
		}
		return w
	}
	return w[1:]
}

func (n names) text(length, offset uint64) string {
	if length == 0 {
		return ""
	}
	refuse(offset+length > uint64(len(n)), Damaged, "a name lies outside the names")
	text := n[offset : offset+length]
	refuse(!utf8.Valid(text), Damaged, "a name is not UTF-8")
	return string(text)
}

// listed is a value from a list of which this version knows those up to last; any other is 0.
func listed(value, last uint64) uint64 {
	if value > last {
		return 0
	}
	return value
}
