"""Read numbers that are held before a camera: python -m watch [SOURCE]."""

from cli.console import run_command
from cli.live import LiveTools, make_live_command
from pipeline import Pipeline
from watch.session import watch_source

if __name__ == "__main__":
    run_command(make_live_command(LiveTools(Pipeline, watch_source)))
