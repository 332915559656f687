"""The demonstration service: a year of invented reviews, walked through the real services.

`load(today)` fills an empty database, or one in which only the cast is; every date is counted from `today`.
"""

from app.demo.loading import Loaded, NotEmpty, load

__all__ = ["Loaded", "NotEmpty", "load"]
