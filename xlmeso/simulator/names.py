"""Random two-word names in the style of ``GrimCat`` for runs that ask for ``generate``."""

from __future__ import annotations

import random
from typing import Final

PLACEHOLDER: Final = "generate"
"""Backtest.Name that asks for a random name; any case (reference section 1.2)."""

MOODS: Final = (
    "Able", "Amber", "Bold", "Brave", "Brisk", "Calm", "Clever", "Cosy", "Crisp", "Daring",
    "Deft", "Eager", "Early", "Fair", "Fleet", "Fond", "Frosty", "Gentle", "Glad", "Golden",
    "Grand", "Happy", "Hardy", "Hazy", "Honest", "Icy", "Jolly", "Keen", "Kind", "Lively",
    "Loyal", "Lucky", "Mellow", "Mild", "Misty", "Neat", "Nimble", "Noble", "Patient", "Plain",
    "Proud", "Quick", "Quiet", "Ready", "Rosy", "Sandy", "Sharp", "Silver", "Snug", "Solid",
    "Spry", "Steady", "Sturdy", "Sunny", "Swift", "Tidy", "True", "Warm", "Wise", "Witty",
)  # fmt: skip
"""First words."""

ANIMALS: Final = (
    "Badger", "Bear", "Beaver", "Bison", "Camel", "Cod", "Crab", "Crane", "Crow", "Deer",
    "Dolphin", "Dove", "Duck", "Eagle", "Eel", "Egret", "Elk", "Falcon", "Finch", "Fox",
    "Frog", "Gecko", "Goat", "Goose", "Gull", "Hare", "Hawk", "Heron", "Hippo", "Horse",
    "Ibex", "Jay", "Koala", "Lark", "Lemur", "Lion", "Llama", "Lynx", "Mole", "Moose",
    "Mouse", "Newt", "Otter", "Owl", "Panda", "Pike", "Puffin", "Quail", "Raven", "Robin",
    "Seal", "Sheep", "Stork", "Swan", "Tapir", "Tern", "Tiger", "Toad", "Wolf", "Wren",
)  # fmt: skip
"""Second words."""


def wants_random_name(name: str) -> bool:
    """Whether a Backtest.Name asks for a random name."""
    return name.strip().lower() == PLACEHOLDER


def random_name(chooser: random.Random | None = None) -> str:
    """Return a name such as ``SteadyHeron``; names are labels and may repeat.

    Parameters
    ----------
    chooser
        Source of chance; the same seed gives the same names.
    """
    source = chooser or random.SystemRandom()
    return source.choice(MOODS) + source.choice(ANIMALS)
