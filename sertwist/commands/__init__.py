"""The `sertwist` command: a file a subcommand, or what another ring brings; each is imported when it is asked for."""
