"""web: the same reader in a browser. Pages, a live socket and an HTTP interface; what reads is the pipeline."""
