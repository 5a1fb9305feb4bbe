"""Evidence: the patches of digits are those that the classifier saw."""

import cv2
import numpy as np

from capture.frame import Frame
from preprocess.glyphs import cut_closely
from preprocess.page import prepare
from preprocess.patch import to_patch
from preprocess.pieces import join, spans_of
from recognize.box import box_in_frame
from recognize.evidence import find_patches
from recognize.reading import Digit


def draw(text):
    """Draw a number, dark on light, with digits too narrow to be cut: a frame."""
    image = np.full((210, 420, 3), 235, np.uint8)
    cv2.putText(image, text, (30, 110), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (40, 40, 40), 5, cv2.LINE_AA)
    return Frame(cv2.resize(image, None, fx=0.75, fy=1), "drawn")


def test_a_digit_of_several_pieces_is_shown_whole():
    touching = draw("1")
    cv2.putText(touching.image, "4", (64, 110), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (40, 40, 40), 5, cv2.LINE_AA)
    page = prepare(touching)
    (run,) = page.runs
    boxes = {span: box_in_frame(run.pieces[slice(*span)], run, page) for span in spans_of(run.pieces)}
    assert max(stop - start for start, stop in boxes) > 1
    for (start, stop), box in boxes.items():
        (seen,) = find_patches(page, [Digit("8", 0.9, box)])
        like = [to_patch(join(run.pieces[slice(*span)])) for span, other in boxes.items() if other == box]
        assert any(np.array_equal(seen, patch) for patch in like), (start, stop)


def test_a_digit_of_a_closer_cut_is_found_too():
    page = prepare(draw("10"))
    (closely,) = cut_closely(page.runs)
    assert len(closely.pieces) > len(page.runs[0].pieces)
    for span in spans_of(closely.pieces):
        box = box_in_frame(closely.pieces[slice(*span)], closely, page)
        (seen,) = find_patches(page, [Digit("8", 0.9, box)])
        assert seen is not None
