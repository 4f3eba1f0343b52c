"""Module textops: headers, body and texts (reference language 9.5).

`tests` asks about the message, `headers` puts lines in and takes them out, `search` looks for patterns, `replacing` and
`substituting` change text where they match, `body` replaces the body, `texts` compares the script's own.
"""

from __future__ import annotations

from sertwist.modules.declare import Module
from sertwist.modules.header_values.functions import HeaderValueEditing
from sertwist.modules.header_values.selects import HeaderValueSelects
from sertwist.modules.textops.body import Body
from sertwist.modules.textops.headers import HeaderEditing, HeaderRemoval
from sertwist.modules.textops.replacing import Replacing
from sertwist.modules.textops.search import Search
from sertwist.modules.textops.substituting import Substituting
from sertwist.modules.textops.tests import MessageTests
from sertwist.modules.textops.texts import Texts

__all__ = ["TextopsModule"]


class TextopsModule(
    MessageTests,
    HeaderEditing,
    HeaderRemoval,
    HeaderValueEditing,
    HeaderValueSelects,
    Search,
    Replacing,
    Substituting,
    Body,
    Texts,
    Module,
):
    """Header and text editing."""

    name = "textops"
    help = "Header and text editing."
