"""`Verifier`: reads a log from its first line to its last, and tells every line at which the chain does not hold.

What counts as a failure is what somebody may have done to the log. A `gap` that the server wrote about its own crash or
a full disk is a note, unless records that the head vouched for are missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sertwist.limits import MAX_AUDIT_FINDINGS
from sertwist.printable import escape_controls
from sertwist.rpc.audit.record import NO_RECORD, Kind, Link, hash_of, parse_line, records_are
from sertwist.rpc.audit.torn import TornLines

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sertwist.rpc.audit.head import Head
    from sertwist.rpc.audit.record import Record

__all__ = ["Finding", "Report", "Verifier"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold, or is to be known.

    Attributes:
        file: its name.
        line: counted from 1; 0: the file as a whole.
        text: what it is.
    """

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"


@dataclass(slots=True)
class Report:
    """What a verification found.

    Attributes:
        records: how many were read.
        first: number of the first; 0: there is none.
        last: the place of the last.
        failures: what does not hold, the first `MAX_AUDIT_FINDINGS` of it.
        failed: how many there are in all.
        notes: what is to be known: crashes, losses that the server told.
    """

    records: int = 0
    first: int = 0
    last: Link = NO_RECORD
    failures: list[Finding] = field(default_factory=list)
    failed: int = 0
    notes: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, as far as can be told."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class _Place:
    """One record, and where it stands."""

    file: str
    line: int
    link: Link
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file, when there is no line to name."""

    file: str
    line: int = 0


_Placed: TypeAlias = _Place | _Whole | TornLines


class Verifier:
    """Takes the lines of a log in order, then the head.

    Attributes:
        report: what was found so far.
    """

    def __init__(
        self, head: Head | None = None, *, accept: Collection[int] = (), expect: Mapping[int, str] | None = None
    ) -> None:
        """What is known beforehand.

        Args:
            head: of the log, for its beginning; None: it may begin anywhere.
            accept: numbers of `gap` records whose losses somebody has looked into.
            expect: digests of records that were kept elsewhere.
        """
        self.report = Report()
        self._before = None if head is None else head.before
        self._accept = accept
        self._expect = dict(expect or {})
        self._torn: TornLines | None = None
        self._last: _Place | None = None
        self._doubt: _Place | None = None  # it, or the one after it, was changed: the next one tells which
        self._excused = False  # the last line was told already: what follows need not fit it
        self._intents: dict[str, _Place] = {}

    def feed(self, file: str, number: int, data: bytes) -> Record | None:
        """Take line `number` of `file`, with its line feed; its record when it is one."""
        line = data[:-1]
        record = parse_line(line) if data.endswith(b"\n") else None
        if record is None:
            self._torn = self._torn or TornLines(file, number)
            self._torn.add(data)
            return None
        place = _Place(file, number, Link(record["seq"], hash_of(line)), Kind(record["kind"]))
        skipped = 0 if self._torn is None else self._explain(self._torn, record)
        if self._last is None:
            self._check_first(place, record, skipped)
        else:
            self._check_follows(self._last, place, record, skipped)
        if place.kind is Kind.GAP:
            self._check_gap(place, record)
        self._check_expected(place)
        if not skipped:
            self._follow_call(place, record)
        self._last = place
        self.report.records += 1
        self.report.last = place.link
        return record

    def finish(self, head: Head | None, file: str, *, head_is_missing: bool = False) -> Report:
        """All lines were read.

        Args:
            head: as it is now, which vouches for the end of the log; None: nothing does.
            file: what to name where there is no line.
            head_is_missing: there should be one.
        """
        if self._torn is not None:
            self._fail(self._torn, "this is no record, or has no end")
        if head_is_missing:
            self._fail(_Whole(f"{file}.head"), "there is no head, or it was changed: a cut end could not be told")
        if head is not None:
            self._check_end(head, file)
        if self._doubt is not None:
            self._fail(self._doubt, f"record {self._doubt.link.seq} was changed")
        for seq in sorted(self._expect):
            self._fail(_Whole(file), f"record {seq}, whose hash was given, is not here")
        for call, place in self._intents.items():
            self._note(place, f"call {call} was begun, and has no outcome")
        return self.report

    # -- one record ---------------------------------------------------------------------------------------------------

    def _explain(self, torn: TornLines, record: Record) -> int:
        """How many records these lines may have been; 0 when the server knew that they are none."""
        self._torn = None
        if torn.are_told_by(record):
            return 0
        self._fail(torn, "this is no record")
        return torn.count

    def _check_first(self, place: _Place, record: Record, skipped: int) -> None:
        seq, before = place.link.seq, self._before
        self.report.first = seq
        if skipped:
            return
        if before is None and seq > 1:
            self._note(place, f"the log begins here with record {seq}")
            return
        before = before or NO_RECORD
        if seq != before.seq + 1 and not (place.kind is Kind.GAP and "head" in record):
            self._fail(place, f"the log begins with record {before.seq + 1}, not with {seq}")
        elif record["prev"] != before.digest:
            self._fail(place, f"record {seq} was changed, or is not the one that the log begins with")
            self._excused = True

    def _check_follows(self, last: _Place, place: _Place, record: Record, skipped: int) -> None:
        seq, wanted = place.link.seq, last.link.seq + 1
        doubt, self._doubt = self._doubt, None
        excused, self._excused = self._excused or bool(skipped), False
        fits = record["prev"] == last.link.digest
        if doubt is not None:
            wrong = doubt if fits else last
            self._fail(wrong, f"record {wrong.link.seq} was changed")
            excused = True
        if fits:
            self._check_number(place, record, wanted)
        elif seq > wanted + skipped:
            self._fail(place, f"{records_are(wanted, seq - 1)} missing before this line")
        elif seq < wanted:
            self._fail(place, f"record {seq} stands where record {wanted} belongs")
        elif not excused:
            self._doubt = last

    def _check_number(self, place: _Place, record: Record, wanted: int) -> None:
        """It was written after the one before it, so its number is known; a gap's may be higher, which it tells."""
        seq = place.link.seq
        if seq != wanted and not (place.kind is Kind.GAP and seq > wanted and "head" in record):
            self._fail(place, f"record {wanted} was changed: it says that it is {seq}")
            self._excused = True

    def _check_gap(self, place: _Place, record: Record) -> None:
        """What the server says of itself is a note; that the head did not fit when it started is not."""
        reason = escape_controls(str(record.get("reason", "")))
        last = NO_RECORD if self._last is None else self._last.link
        if "head" not in record or record["head"] == list(last) or place.link.seq in self._accept:
            self._note(place, f"gap: {reason}")
        else:
            self._fail(place, f"gap {place.link.seq}: {reason}")

    def _check_expected(self, place: _Place) -> None:
        expected = self._expect.pop(place.link.seq, None)
        if expected is not None and expected != place.link.digest:
            self._fail(place, f"record {place.link.seq} has not the hash that was given")

    def _follow_call(self, place: _Place, record: Record) -> None:
        """A destructive call has two records; a server's end is followed by its start."""
        call = str(record.get("call", ""))
        last = Kind.STOP if self._last is None else self._last.kind
        if place.kind is Kind.INTENT:
            self._intents[call] = place
        elif place.kind in (Kind.OUTCOME, Kind.REFUSED):
            self._intents.pop(call, None)
        if place.kind in (Kind.START, Kind.GAP):
            if place.kind is Kind.START and last not in (Kind.STOP, Kind.GAP):
                self._note(place, "the server had not ended in order before it started here")
        elif last is Kind.STOP and self._last is not None:
            self._fail(place, "a record after the server's end")

    def _check_end(self, head: Head, file: str) -> None:
        last = NO_RECORD if self._last is None else self._last.link
        place = self._last or _Whole(file)
        if last.seq < head.last.seq:
            first = max(last.seq, head.before.seq) + 1
            self._fail(place, f"{records_are(first, head.last.seq)} missing behind this line")
        elif last.seq > head.last.seq:
            self._fail(place, f"{records_are(head.last.seq + 1, last.seq)} newer than the head vouches for")
        elif last.digest != head.last.digest:
            self._fail(place, f"record {last.seq} was changed")
            self._doubt = None

    def _note(self, place: _Placed, text: str) -> None:
        if len(self.report.notes) < MAX_AUDIT_FINDINGS:
            self.report.notes.append(Finding(place.file, place.line, text))

    def _fail(self, place: _Placed, text: str) -> None:
        self.report.failed += 1
        if len(self.report.failures) < MAX_AUDIT_FINDINGS:
            self.report.failures.append(Finding(place.file, place.line, text))
