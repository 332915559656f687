"""Text as people paste it, made fit to store, compare, print and count.

A browser counts a line end as one character and posts two: the length is checked only after this.
"""

from __future__ import annotations

import re
from typing import Any

_LINE_ENDS = re.compile("\r\n|\r|\u2028|\u2029|\x85")
# Control characters, lone halves of a pair, and two code points that no XML (so no spreadsheet) may hold.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean_text(value: Any) -> Any:
    """Several lines: LF line ends, no control characters but tab, no blank space at either end."""
    if not isinstance(value, str):
        return value
    return _UNSAFE.sub("", _LINE_ENDS.sub("\n", value)).strip()


def clean_line(value: Any) -> Any:
    """One line: as `clean_text`, and every run of white space is one space."""
    if not isinstance(value, str):
        return value
    return " ".join(clean_text(value).split())
