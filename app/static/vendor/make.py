"""Takes the built front-end files out of two unpacked npm packages; see README.md beside this file."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FACE = "var(--plumbline-face,arial,sans-serif)"
ICON = re.compile(r"url\(/assets/images/([a-z0-9-]+\.svg)\)")


def main(govuk: Path, moj: Path) -> None:
    """Write both packages' files, their gzipped copies and the list of checksums."""
    built = govuk / "dist" / "govuk"
    write("govuk", "govuk-frontend.min.css", style((built / "govuk-frontend.min.css").read_text()))
    write("govuk", "govuk-frontend.min.js", script((built / "govuk-frontend.min.js").read_text()))
    source = (moj / "moj" / "moj-frontend.min.css").read_text()
    write("moj", "moj-frontend.min.css", style(source).replace(':root{--govuk-frontend-version:"6.1.0"}', ""))
    write("moj", "moj-frontend.min.js", script((moj / "moj" / "moj-frontend.min.js").read_text()))
    for icon in sorted(set(ICON.findall(source))):
        shutil.copyfile(moj / "moj" / "assets" / "images" / icon, HERE / "moj" / icon)
    lines = [f"{checksum(path)}  {path.relative_to(HERE).as_posix()}\n" for path in sorted(HERE.glob("*/*"))]
    (HERE / "checksums.txt").write_text("".join(lines))


def style(text: str) -> str:
    """The style sheet without the reserved typeface and crest, with relative addresses."""
    text = re.sub(r"@font-face\{[^}]*\}", "", text)
    text = text.replace("GDS Transport,arial,sans-serif", FACE)
    text = text.replace("url(/assets/images/govuk-crest.svg)", "none")
    text = ICON.sub(r"url(\1)", re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)).strip() + "\n"
    for word in ("GDS", "/assets/", "@font-face", "sourceMapping"):
        if word in text:
            raise SystemExit(f"'{word}' is left in a style sheet: the package has changed, read it again")
    return text


def script(text: str) -> str:
    """The script without its source-map comment."""
    return re.sub(r"//# sourceMappingURL=.*", "", text).strip() + "\n"


def write(folder: str, name: str, text: str) -> None:
    (HERE / folder).mkdir(exist_ok=True)
    path = HERE / folder / name
    path.write_text(text, encoding="utf-8")
    path.with_name(name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
