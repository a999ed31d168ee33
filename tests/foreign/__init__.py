"""The tests of the projects that livens stands on, run on the livens kernel.

``make test-foreign`` runs them on ipykernel and on livens, ``make test-foreign-ci`` on livens
alone, against what is stored of ipykernel. Nothing of theirs is kept here: their source
distributions are downloaded into a cache.
"""
