"""What editors ask about a script: findings as one types, what a name means, what could be written, colours.

`analysis` is without IO; `language_server` speaks the Language Server Protocol with it; `highlight` is a Pygments
lexer. The grammar for editors that take TextMate's is in `editors/vscode`.
"""
