"""For mkdocs: a link from docs/ to a file outside of it is its text alone on the site, which holds docs/ only."""

import re
from posixpath import join, normpath
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The text of `page` without the links that lead out of docs/."""
    folder = page.file.src_uri.rpartition("/")[0]

    def kept(found: re.Match[str]) -> str:
        leads_out = normpath(join(folder, found[2])).startswith("..")
        return found[1] if leads_out else found[0]

    return _LINK.sub(kept, markdown)
