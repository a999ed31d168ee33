"""What any host of the protocol must do, as tests that know nothing of Jupyter.

`hosts` says what a host is and has those that there are, `bridges` carries the messages of hosts
that are no kernels, `clients` is a client, and the modules ``suite_*`` are the tests. A folder's
``test_conformance.py`` chooses the hosts and imports the tests.
"""
