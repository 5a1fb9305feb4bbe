"""Things that break on purpose: odd files, streams that stall, cameras that are not there."""
