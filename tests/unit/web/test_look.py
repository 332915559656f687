"""The style sheet keeps its promises: contrast, nothing reserved, vendored files as they were made."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from app.web.frame import STATIC

CSS = (STATIC / "plumbline.css").read_text(encoding="utf-8")
VENDOR = STATIC / "vendor"
WHITE = "#ffffff"


def variable(name: str) -> str:
    found = re.search(rf"--{name}: (#[0-9a-f]{{6}});", CSS)
    assert found, name
    return found.group(1)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("words", ["pl-ink", "pl-quiet", "pl-teal"])
@pytest.mark.parametrize("ground", ["pl-paper", "white"])
def test_text_is_readable(words: str, ground: str) -> None:
    assert contrast(variable(words), WHITE if ground == "white" else variable(ground)) >= 6.5


def test_the_header_is_readable() -> None:
    assert contrast(WHITE, variable("pl-petrol")) >= 7
    assert contrast(variable("pl-brass"), variable("pl-petrol")) >= 4.5


@pytest.mark.parametrize("tone", ["blue", "teal", "green", "amber", "red", "plum"])
def test_every_tag_is_readable(tone: str) -> None:
    found = re.search(rf"\.pl-tag--{tone} {{ color: (#\w{{6}}); background: (#\w{{6}}); }}", CSS)
    assert found
    assert contrast(*found.groups()) >= 7


def test_no_address_leaves_the_house() -> None:
    for path in STATIC.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        for name in re.findall(r"url\(([^)]*)\)", text):
            assert (path.parent / name).is_file(), name


def test_nothing_reserved_for_gov_uk_is_shipped() -> None:
    names = " ".join(path.name.lower() for path in STATIC.rglob("*"))
    assert not re.search(r"crest|crown|\.woff|govuk-logo", names)
    for path in STATIC.rglob("*.css"):
        assert not re.search(r"GDS Transport|@font-face|crest\.", path.read_text(encoding="utf-8")), path


def test_vendored_files_are_as_they_were_made() -> None:
    lines = (VENDOR / "checksums.txt").read_text(encoding="ascii").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    present = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.glob("*/*")}
    assert listed.keys() == present.keys()
    for name, path in present.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[name], name


def test_the_compressed_copies_say_the_same() -> None:
    for path in VENDOR.glob("*/*.gz"):
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()
