"""How often Python looks for circular garbage while a piece of work makes millions of objects that are none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects in the making before they are looked through: more than a portion of an import holds at its fullest.
MANY = 1_000_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look through all objects seldom: what is freed by counting references is freed as always.

    Reading 100 000 rows, or compiling the measures of all programmes, makes millions of objects that live to the end of the
    work; going through them again and again takes longer than the work itself.
    """
    before = gc.get_threshold()
    gc.set_threshold(MANY, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
