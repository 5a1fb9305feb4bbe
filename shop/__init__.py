"""Shop: sets up the project's environment. Standard library only, and nothing of the project imports it.

==============  ==============================================================
environment.sh  finds a Python and makes .venv
opencv.py       sees that OpenCV can be imported, and helps where it cannot
==============  ==============================================================
"""
