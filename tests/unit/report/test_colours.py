"""Gain and loss are told apart with every colour vision, and every text is readable.

Simulated colour vision: Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for
Simulation of Color Vision Deficiency", severity 1.0, applied to linear RGB.  Differences are CIE76
in CIELAB (2.3 is just noticeable); contrast is that of WCAG 2.1 (4.5 for texts).
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from xlmeso.report.scales import HIGH, LOW, MIDDLE
from xlmeso.report.styles import INK, LINK, TILE, rule_style
from xlmeso.sheets.report.frame import BLUE, LINES, VERMILION

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""What becomes of linear RGB."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
WHITE = TO_XYZ @ np.ones(3)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (0, 2, 4)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    seen = np.clip(np.asarray(VISIONS[vision]) @ linear(colour), 0, 1)
    ratio = (TO_XYZ @ seen) / WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def difference(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((float(TO_XYZ[1] @ linear(x)) for x in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("vision", ["normal", "protanopia", "deuteranopia", "tritanopia"])
def test_gains_and_losses_differ_in_charts_and_heat_maps(vision: str) -> None:
    assert difference(BLUE, VERMILION, vision) > 40
    assert difference(LOW, HIGH, vision) > 30
    assert min(difference(MIDDLE, end, vision) for end in (LOW, HIGH)) > 20


@pytest.mark.parametrize("vision", ["normal", "protanopia", "deuteranopia"])
def test_the_first_four_lines_of_a_chart_differ(vision: str) -> None:
    pairs = itertools.combinations(LINES[:4], 2)
    assert min(difference(one, other, vision) for one, other in pairs) > 15


@pytest.mark.parametrize("paper", [LOW, HIGH, MIDDLE])
def test_figures_on_the_heat_map_are_readable(paper: str) -> None:
    assert contrast("000000", paper) > 9


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(INK, TILE), ("404040", TILE), ("595959", TILE), ("FFFFFF", INK), (LINK, "FFFFFF"),
     ("0000FF", "F4F8FD"), ("8A3B00", "FFFFFF")],
)  # fmt: skip
def test_texts_stand_out_from_their_paper(ink: str, paper: str) -> None:
    assert contrast(ink, paper) >= 4.5


@pytest.mark.parametrize("kind", ["good", "bad", "attention"])
def test_marked_figures_stay_readable(kind: str) -> None:
    style = rule_style(kind)
    assert contrast(style.font.color.rgb[-6:], style.fill.bgColor.rgb[-6:]) >= 4.5
