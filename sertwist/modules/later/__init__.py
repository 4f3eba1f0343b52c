"""Modules that come in a later version: known by name, so that scripts which use them are checked whole.

What they declare stands in the tables beside this file; `table` reads them.
"""

from sertwist.modules.later.module import LaterModule, canonical_name, further_functions, later_module, later_names

__all__ = ["LaterModule", "canonical_name", "further_functions", "later_module", "later_names"]
