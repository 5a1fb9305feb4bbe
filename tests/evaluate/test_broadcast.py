"""The broadcast: a real stream from another process, on time, of which each frame's moment is known."""

import time

import numpy as np

from capture.camera import Camera
from evaluate.broadcast import broadcast
from evaluate.speed import encode_frame

LEVELS = (20, 80, 140, 200)
FPS = 50


def test_frames_come_in_order_and_their_moments_are_known():
    jpegs = [encode_frame(np.full((60, 80, 3), level, np.uint8)) for level in LEVELS]
    with broadcast(jpegs, FPS) as sender, Camera(sender.address, timeout_s=5) as camera:
        start_s = time.monotonic()
        taken = [camera.read() for _ in range(40)]
        seconds = time.monotonic() - start_s
        ages_s = [frame.timestamp - sender.when(frame.index) for frame in taken]
    assert all(abs(frame.image.mean() - LEVELS[frame.index % len(LEVELS)]) < 5 for frame in taken)
    assert min(ages_s) >= 0
    assert np.median(ages_s) < 0.2
    assert seconds > 0.5 * len(taken) / FPS


def test_a_second_watcher_starts_anew():
    with broadcast([encode_frame(np.zeros((60, 80, 3), np.uint8))], FPS) as sender:
        for _ in range(2):
            with Camera(sender.address, timeout_s=5) as camera:
                assert camera.read().index < 20
