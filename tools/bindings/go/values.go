//go:build linux || darwin

// What a snapshot says, as plain values: a type for each structure and row of LAYOUT.md, with its field names
// in its order. Invariant: money is an exact number, times are ms UTC, and nothing passes through floating
// point. All but texts lies in memory as in the file, word by word, so what is not for users stands between,
// in small letters or without a name. For everyone; the reader and frame.go fill them.

package cco

import "math/big"

// Picodollars is an amount of money: 10⁻¹² US dollars in 128 bits.
type Picodollars struct{ Lo, Hi uint64 }

// Big gives the amount as one number.
func (p Picodollars) Big() *big.Int {
	high := new(big.Int).Lsh(new(big.Int).SetUint64(p.Hi), 64)
	return high.Or(high, new(big.Int).SetUint64(p.Lo))
}

// Decimal gives US dollars, rounded half up to so many decimals; with 12 it is exact.
func (p Picodollars) Decimal(decimals int) string {
	return new(big.Rat).SetFrac(p.Big(), big.NewInt(1_000_000_000_000)).FloatString(decimals)
}

// String gives US dollars to the cent.
func (p Picodollars) String() string { return p.Decimal(2) }

// Counters is a set of counters.
type Counters struct {
	Requests, Messages, InputTokens, OutputTokens, CacheWrite5mTokens                 uint64
	CacheWrite1hTokens, CacheReadTokens, WebSearchRequests, UnpricedTokens            uint64
	Cost                                                                              Picodollars
	ThinkingTokens, WebFetchRequests, ProvisionalMessages, ProvisionalOutputTokens, _ uint64
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

// Limit is the use of a limit of the account, in millionths. SeenAt is 0 if it was never reported, ResetsAt
// if unknown.
type Limit struct {
	Used             uint64
	ResetsAt, SeenAt int64
}

// IsOver says whether it has been reset since: current use is unknown.
func (l Limit) IsOver(nowMs int64) bool { return l.ResetsAt != 0 && nowMs >= l.ResetsAt }

// Totals is one commit. Unless it is Complete, transcripts are still being read and totals are a lower bound.
// The end of Block is 0 if there is none. Generation and Complete are no words of the slot, which ends before
// them.
type Totals struct {
	sequence, crc, length                                     uint64
	PublishedAt                                               int64
	bank                                                      uint64
	AllTime                                                   Counters
	Today, ThisWeek, ThisMonth, Block                         Period
	BlockFirstAt, BlockLastAt                                 int64
	scanState                                                 uint64
	FiveHourLimit, SevenDayLimit                              Limit
	rows                                                      [len(tables)]uint64
	SessionsLeftOut, oldest, namesBytes, namesCrc, Generation uint64
	Complete                                                  bool
}

// Span is what a set of counters in a slot is over: where it is there, in words.
type Span int

// The spans of Reader.Counters. AllTime has the start and end of int64, for which the two words before its
// counters make room.
const AllTime, Today, ThisWeek, ThisMonth, Block Span = 3, 21, 39, 57, 75

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

// AccountLimit is a limit of the account. Kinds: 1 five hours, 2 seven days, 3 seven days of a model, 4
// money, 0 another.
type AccountLimit struct {
	Agent, Kind      uint64
	Scope            string
	Used             uint64
	ResetsAt, SeenAt int64
	Spent, Allowed   Picodollars
}

// Frame is totals and tables of one commit. Rows are in no order, except History, which begins with the
// oldest.
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

// Health is the publisher's report on itself; LAYOUT.md says what each figure is. A sum of durations is
// unknown if it is 0 and its histogram is not: files of layout 1.0 lack it.
type Health struct {
	UpdatedAt                                                                     int64
	Roots, Files, FileBytes, SkippedFiles, Passes, BytesRead, Lines, Records      uint64
	Requests, DuplicatesMerged, MalformedLines, UnfinishedLines, SyntheticRecords uint64
	BadTimestamps, Truncations, LostEvents, Errors                                uint64
	LastErrorAt                                                                   int64
	ScanUs, PassUs, CommitUs, PublishUs, LagUs, Following, PollIntervalMs         uint64
	FoldersUnwatched, ResidentBytes, LedgerBytes, _                               uint64
	PassHistogram, CommitHistogram, PublishHistogram                              [16]uint64
	PassUsSum, CommitUsSum, PublishUsSum                                          uint64
}

// listed is a value from a list of which this version knows those up to last; any other is 0.
func listed(value, last uint64) uint64 {
	if value > last {
		return 0
	}
	return value
}
