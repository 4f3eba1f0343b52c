"""What is looked for in a script whose names are known, one file a question."""
