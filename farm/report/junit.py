"""JUnit XML for continuous integration: one test case a shot."""

from xml.etree import ElementTree as ET

from farm.report.story import ShotTale, Story

_PASSED = ("delivered", "done")


def junit(story: Story) -> bytes:
    """Write a show as a test suite: made shots pass, failed ones fail, the rest are skipped."""
    tales = list(story.shots.values())
    failed = sum(tale.state == "failed" for tale in tales)
    passed = sum(tale.state in _PASSED for tale in tales)
    suite = ET.Element(
        "testsuite",
        name=_legal(story.show),
        tests=str(len(tales)),
        failures=str(failed),
        skipped=str(len(tales) - failed - passed),
        time=f"{sum(tale.spent_seconds for tale in tales):.3f}",
    )
    suite.extend(_case(tale, story.show) for tale in tales)
    ET.indent(suite)
    written: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written


def _case(tale: ShotTale, show: str) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_legal(show),
        name=_legal(tale.name),
        time=f"{tale.spent_seconds:.3f}",
    )
    if tale.state == "failed":
        failure = ET.SubElement(case, "failure", message=_legal(tale.problem))
        failure.text = _legal(f"{tale.problem}\nhint: {tale.hint}" if tale.hint else tale.problem)
    elif tale.state not in _PASSED:
        ET.SubElement(case, "skipped", message=_legal(tale.problem or tale.state))
    if tale.folder:
        ET.SubElement(case, "system-out").text = _legal(tale.folder)
    return case


def _legal(text: str) -> str:
    """Replace the letters that XML 1.0 cannot hold."""
    return "".join(letter if _allowed(letter) else "\ufffd" for letter in text)


def _allowed(letter: str) -> bool:
    return (
        letter in "\t\n"
        or (" " <= letter < "\ud800")
        or ("\ue000" <= letter < "\ufffe")
        or letter > "\uffff"
    )
