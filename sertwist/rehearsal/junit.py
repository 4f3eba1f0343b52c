"""Results of cases as JUnit XML, which CI systems read."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # noqa: TID251 (it writes, and reads nothing)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.rehearsal.result import Result

__all__ = ["junit_xml"]

_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result]) -> str:
    """One `testsuite` a file, one `testcase` a case."""
    suites = ET.Element("testsuites", _numbers(results))
    for path, group in groupby(results, key=lambda each: each.file):
        of_file = list(group)
        suite = ET.SubElement(suites, "testsuite", {"name": str(path)} | _numbers(of_file))
        for result in of_file:
            attributes = {"classname": str(path), "name": _text(result.name), "time": f"{result.seconds:.3f}"}
            case = ET.SubElement(suite, "testcase", attributes)
            if result.problems:
                failure = ET.SubElement(case, "failure", {"message": _text(result.problems[0].split("\n")[0])})
                failure.text = _text("\n".join(result.problems))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _numbers(results: Sequence[Result]) -> dict[str, str]:
    failures = sum(bool(each.problems) for each in results)
    seconds = sum(each.seconds for each in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}


def _text(text: str) -> str:
    return _NOT_XML.sub("?", text)
