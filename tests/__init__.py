"""The suite. Importing it settles how hard Hypothesis tries, whichever file is asked for.

HYPOTHESIS_PROFILE is one of: default, quick (`./run quick`), full (`./run test`).
"""

import os

from hypothesis import HealthCheck, settings

# A page built on a busy machine is slow now and then; what is slow always is caught by the benchmarks.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("default"), max_examples=15, stateful_step_count=15)
settings.register_profile(
    "full",
    settings.get_profile("default"),
    max_examples=100,
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),  # the same examples for the same code
)

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
