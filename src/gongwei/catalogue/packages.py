"""Where programmes are: the folders of `gongwei.programmes`, and packages a county installs itself."""

import pkgutil
from importlib import import_module, metadata, util

# By name, not by import statement: the catalogue lies below the programmes it finds.
PROGRAMMES = "gongwei.programmes"
ENTRY_POINTS = "gongwei.programmes"


def programme_packages() -> list[str]:
    """Return the import names of all programme packages that are Django apps; imports none of them."""
    own = [
        f"{PROGRAMMES}.{module.name}"
        for module in pkgutil.iter_modules(import_module(PROGRAMMES).__path__)
        if module.ispkg and util.find_spec(f"{PROGRAMMES}.{module.name}.apps") is not None
    ]
    installed = [point.value for point in metadata.entry_points(group=ENTRY_POINTS)]
    return sorted(own) + sorted(installed)
