"""What the pages cost, beside two floors measured in the same run: `./run bench`, `python -m tests.benchmarks`.

Never an assertion in the suite: a busy machine is not a slow page. What counts is the ratio to a floor.
"""
