"""Verdicts as JUnit XML, the form that CI servers read."""

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from hemvakt_sim.errors import ScenarioError

if TYPE_CHECKING:
    from hemvakt_sim.world import Summary


def write_junit(path: Path, name: str, summary: "Summary") -> None:
    """Write one test case for each expectation, and one for the acknowledgements. Raises ScenarioError."""
    cases = [(f"{verdict.line + 1}: {verdict.text}", verdict.took_s, verdict.seen) for verdict in summary.verdicts]
    cases.append(("every message that needs an acknowledgement has one", 0.0, _missing(summary)))
    failed = sum(bool(seen) for _, _, seen in cases)
    seconds = sum(took for _, took, _ in cases)
    suite = ET.Element(
        "testsuite", name=_clean(name), tests=str(len(cases)), failures=str(failed), errors="0", time=f"{seconds:.3f}"
    )
    for text, took, seen in cases:
        case = ET.SubElement(suite, "testcase", classname=_clean(name), name=_clean(text), time=f"{took:.3f}")
        if seen:
            ET.SubElement(case, "failure", message=_clean(f"seen instead: {seen}"))
    root = ET.Element("testsuites")
    root.append(suite)
    try:
        ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None


def _missing(summary: "Summary") -> str:
    parts = [f"{summary.unacknowledged} without"] if summary.unacknowledged else []
    return ", ".join(parts + [f"the broker refused {topic}" for topic in summary.refused])


def _clean(text: str) -> str:
    """Return text without the characters that XML 1.0 cannot hold, escaped or not."""
    return "".join(
        sign if sign in "\t\n" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign > "\uffff" else "?"
        for sign in text
    )
