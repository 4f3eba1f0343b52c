"""Preprocessor lines of a script (reference language 1.3): definitions, conditions, substitutions, included files.

`directives` runs the lines; `lexer` asks it at each, and for each name that stands for a text.
"""
