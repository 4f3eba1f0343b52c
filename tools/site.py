"""For mkdocs: what differs between docs/ in the repository and docs/ as a site."""

import re
from pathlib import Path
from posixpath import join, normpath
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def on_config(config: Any) -> Any:
    """A page that mkdocs.yml has no place for comes last in the navigation, so that none is ever out of it."""
    folder = Path(config.docs_dir)
    placed = set(re.findall(r"[\w./-]+\.md", str(config.nav)))
    left = sorted({page.relative_to(folder).as_posix() for page in folder.rglob("*.md")} - placed)
    if left:
        config.nav.append({"Further": left})
    return config


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The text of `page` without the links that lead out of docs/, which are not in the site."""
    folder = page.file.src_uri.rpartition("/")[0]

    def kept(found: re.Match[str]) -> str:
        leads_out = normpath(join(folder, found[2])).startswith("..")
        return found[1] if leads_out else found[0]

    return _LINK.sub(kept, markdown)
