"""State that outlives a kernel, and that programs share.

No Jupyter is needed in here, and nothing is loaded before it is used.
"""
