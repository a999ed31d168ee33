"""What any store must do, as tests that know nothing of how it is kept.

`worlds` says what a test needs of a store, and the modules ``suite_*`` are the tests. To add a
store, write a ``test_conformance_NAME.py`` with a fixture ``world`` that imports them, as those of
``tests/unit/state/stores`` do.
"""
