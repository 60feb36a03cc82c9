"""What a snapshot says, as immutable values: a class for each structure and row of LAYOUT.md, with its field names.

Invariant: money is an exact number of picodollars (10⁻¹² US dollars), times are ms UTC, and nothing passes through
floating point. For everyone; `reader` makes them from bytes that it has checked.
"""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any, Callable, Generic, NamedTuple, Optional, TypeVar

from .errors import DamagedError, refuse

T = TypeVar("T", bound="tuple[Any, ...]")
Words = tuple[Any, ...]
_PER_USD = 10**12
_new = tuple.__new__


def usd(picodollars: int, decimals: int | None = None) -> str:
    """Decimal US dollars: exact, or rounded half up to so many decimals (at most 12)."""
    if decimals is None:
        return f"{picodollars // _PER_USD}.{picodollars % _PER_USD:012}".rstrip("0").rstrip(".")
    unit = 10 ** (12 - decimals)
    whole, part = divmod((picodollars + unit // 2) // unit, _PER_USD // unit)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


_Counters = NamedTuple("_Counters", [
    ("requests", int), ("messages", int), ("input_tokens", int), ("output_tokens", int),
    ("cache_write_5m_tokens", int), ("cache_write_1h_tokens", int), ("cache_read_tokens", int),
    ("web_search_requests", int), ("unpriced_tokens", int), ("cost", int), ("thinking_tokens", int),
    ("web_fetch_requests", int), ("provisional_messages", int), ("provisional_output_tokens", int),
])  # fmt: skip


class Counters(_Counters):
    """A set of counters. `cost` is in picodollars."""

    __slots__ = ()

    @property
    def tokens(self) -> int:
        """Input, output and cache together."""
        return sum(self[2:7])

    @property
    def cost_usd(self) -> Decimal:
        """The cost in US dollars, exact."""
        return Decimal(usd(self.cost))


class Period(NamedTuple):
    """A stretch of time and what was used in it."""

    start: int
    end: int
    counters: Counters

    def is_over(self, now_ms: int) -> bool:
        """Whether its figures are those of a past period."""
        return now_ms >= self.end


class Limit(NamedTuple):
    """Use of a limit of the account, in millionths; `resets_at` is 0 if unknown."""

    used: int
    resets_at: int
    seen_at: int

    def is_over(self, now_ms: int) -> bool:
        """Whether it has been reset since: current use is unknown."""
        return 0 != self.resets_at <= now_ms


# One commit: its number in the epoch, and its figures. The block and the limits are `None` if there is none. Unless it
# is `complete`, transcripts are still being read and totals are a lower bound. What is said of tables is for readers:
# the bank, the rows of each, and `extent`, the oldest row of the history and the bytes and the sum of the names.
Totals = NamedTuple("Totals", [
    ("generation", int), ("published_at", int), ("bank", int), ("all_time", Counters), ("today", Period),
    ("this_week", Period), ("this_month", Period), ("block", Optional[Period]), ("block_first_at", int),
    ("block_last_at", int), ("complete", bool), ("five_hour_limit", Optional[Limit]),
    ("seven_day_limit", Optional[Limit]), ("rows", tuple[int, ...]), ("sessions_left_out", int),
    ("extent", tuple[int, int, int]),
])  # fmt: skip
# Rows of the tables. `agent` 0 is Claude Code; a `date` is a number such as 20261124.
Model = NamedTuple("Model", [("name", str), ("agent", int), ("counters", Counters)])
Project = NamedTuple("Project", [
    ("project", str), ("path", str), ("agent", int), ("first_at", int), ("last_at", int), ("counters", Counters),
    ("today", Counters),
])  # fmt: skip
Session = NamedTuple("Session", [
    ("session", str), ("project", str), ("agent", int), ("first_at", int), ("last_at", int), ("counters", Counters),
])  # fmt: skip
Day = NamedTuple("Day", [("date", int), ("counters", Counters)])
Hour = NamedTuple("Hour", [("start", int), ("counters", Counters)])
Past = NamedTuple("Past", [("at", int), ("counters", Counters)])
Agent = NamedTuple("Agent", [("agent", int), ("name", str), ("counters", Counters)])
# Kinds: 1 five hours, 2 seven days, 3 seven days of a model, 4 money, 0 anything else.
AccountLimit = NamedTuple("AccountLimit", [
    ("agent", int), ("kind", int), ("scope", str), ("used", int), ("resets_at", int), ("seen_at", int), ("spent", int),
    ("allowed", int),
])  # fmt: skip
# Totals and tables of one commit. Rows are in no order, except `history`, which begins with the oldest.
Frame = NamedTuple("Frame", [
    ("totals", Totals), ("models", list[Model]), ("projects", list[Project]), ("sessions", list[Session]),
    ("days", list[Day]), ("hours", list[Hour]), ("history", list[Past]), ("agents", list[Agent]),
    ("limits", list[AccountLimit]),
])  # fmt: skip
# The publisher's report on itself. A sum of durations is unknown if it is 0 and its histogram is not: layout 1.0.
Health = NamedTuple("Health", [
    ("updated_at", int), ("roots", int), ("files", int), ("file_bytes", int), ("skipped_files", int), ("passes", int),
    ("bytes_read", int), ("lines", int), ("records", int), ("requests", int), ("duplicates_merged", int),
    ("malformed_lines", int), ("unfinished_lines", int), ("synthetic_records", int), ("bad_timestamps", int),
    ("truncations", int), ("lost_events", int), ("errors", int), ("last_error_at", int), ("scan_us", int),
    ("pass_us", int), ("commit_us", int), ("publish_us", int), ("lag_us", int), ("following", int),
    ("poll_interval_ms", int), ("folders_unwatched", int), ("resident_bytes", int), ("ledger_bytes", int),
    ("pass_histogram", tuple[int, ...]), ("commit_histogram", tuple[int, ...]), ("publish_histogram", tuple[int, ...]),
    ("pass_us_sum", int), ("commit_us_sum", int), ("publish_us_sum", int),
])  # fmt: skip


def _counters(words: Words, at: int, _: object = None) -> Counters:
    # Not by keyword or star: this is most of what decoding costs.
    return _new(Counters, words[at : at + 9] + (words[at + 9] | words[at + 10] << 64,) + words[at + 11 : at + 15])


def _period(words: Words, at: int, _: object) -> Period:
    return _new(Period, (words[at], words[at + 1], _counters(words, at + 2)))


class Names(dict[int, str]):
    """Texts by the word that names them: its length is in the high half, its offset in the low one.

    Each is made once, for all rows that have it, and all are together not longer than `room`: whatever a file has in
    it, names take no more memory than it does.
    """

    def __init__(self, data: bytes, room: int) -> None:
        self._data, self._room = data, room

    def __missing__(self, word: int) -> str:
        length, offset = word >> 32, word & 0xFFFFFFFF
        refuse(length > 0 and offset + length > len(self._data), "a name lies outside the names")
        self._room -= length
        refuse(self._room < 0, "names overlap until they are longer than the file")
        try:
            return self.setdefault(word, self._data[offset : offset + length].decode())
        except UnicodeDecodeError as error:
            raise DamagedError("a name is not UTF-8") from error


# Kinds of fields: how many words, how they are unpacked, what they mean.
_KINDS: dict[str, tuple[int, str, Callable[[Words, int, Names], Any]]] = {
    "Q": (1, "Q", lambda words, at, _: words[at]),
    "q": (1, "q", lambda words, at, _: words[at]),
    "F": (1, "Q", lambda words, at, _: words[at] == 1),
    "G": (1, "Q", lambda words, at, _: words[at] // 2),
    "K": (1, "Q", lambda words, at, _: words[at] if words[at] < 5 else 0),
    "W": (1, "Q", lambda words, at, _: words[at] if words[at] < 3 else 0),
    "U": (2, "QQ", lambda words, at, _: words[at] | words[at + 1] << 64),
    "N": (1, "Q", lambda words, at, names: names[words[at]]),
    "C": (15, "15Q8x", _counters),
    "P": (17, "qq15Q8x", _period),
    "B": (17, "qq15Q8x", lambda words, at, names: _period(words, at, names) if words[at + 1] else None),
    "L": (3, "Qqq", lambda words, at, _: _new(Limit, words[at : at + 3]) if words[at + 2] else None),
    "X": (3, "3Q", lambda words, at, _: words[at : at + 3]),
    "R": (8, "8Q", lambda words, at, _: words[at : at + 8]),
    "H": (16, "16Q", lambda words, at, _: words[at : at + 16]),
}


class Decoder(Generic[T]):
    """Makes values of one class from bytes, by the kinds of its fields; `-` is a word to pass over."""

    def __init__(self, make: type[T], kinds: str) -> None:
        self._make = make
        self._struct = struct.Struct("<" + "".join("8x" if kind == "-" else _KINDS[kind][1] for kind in kinds))
        self._fields = []
        at = 0
        for words, _, value in (_KINDS[kind] for kind in kinds if kind != "-"):
            self._fields.append((at, value))
            at += words

    def __call__(self, data: bytes, at: int, names: Names = Names(b"", 0)) -> T:
        """The value whose first byte is at `at`."""
        words = self._struct.unpack_from(data, at)
        return _new(self._make, [value(words, word, names) for word, value in self._fields])


totals = Decoder(Totals, "G--qQCPPPBqqFLLRQX")
period = Decoder(Period, "qqC")
# The tables, in the order in which a slot counts their rows.
rows: dict[str, Decoder[Any]] = {
    "models": Decoder(Model, "NQC"), "projects": Decoder(Project, "NNQqqCC"), "sessions": Decoder(Session, "NNQqqC"),
    "days": Decoder(Day, "QC"), "hours": Decoder(Hour, "qC"), "history": Decoder(Past, "qC"),
    "agents": Decoder(Agent, "QNC"), "limits": Decoder(AccountLimit, "QKNQqqUU"),
}  # fmt: skip
health = Decoder(Health, "--q" + "Q" * 17 + "q" + "QQQQQWQQQQ" + "-HHHQQQ")
