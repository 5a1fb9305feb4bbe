"""Live reading: the same pipeline over a stream of frames, with memory.

=============  ==========================================================================
follow.py      which number of this frame is which of the last: `Follower`, `Track`
settle.py      when frames agree, and on what: `elect`, `Settled`
loop.py        `Watcher`: frame after frame to what was `Seen`
guide.py       what would help the camera to see, when it holds for a while: `Guide`
aloud.py       what is said when: `Herald`
window.py      the picture with what was read in it, and the keys
plan.py        what a session is to do: `Plan`
session.py     a stream, a watcher, a window and a voice together: `watch`
=============  ==========================================================================
"""
