"""Settings to product: the only place that constructs things.

`opened` gives the storage side alone (the command line's); `built` adds the models and the pipeline (the server's).
"""

from guard.wiring.checkers import Checkers, checkers
from guard.wiring.entrance import Entrance, entrance, provider_of
from guard.wiring.generators import cache_dir, make_generators
from guard.wiring.policies import distributed
from guard.wiring.serving import built
from guard.wiring.storage import Opened, connected, opened

__all__ = [
    "Checkers",
    "Entrance",
    "Opened",
    "built",
    "cache_dir",
    "checkers",
    "connected",
    "distributed",
    "entrance",
    "make_generators",
    "opened",
    "provider_of",
]
