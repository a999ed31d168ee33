"""A kernel in a sandbox: the provisioner ``livens-sandbox`` starts it by bubblewrap, with limits.

`livens.sandbox.provisioner` is what Jupyter loads. It asks `livens.sandbox.mounts` what the kernel
may see, `livens.sandbox.environment` which environment variables it gets, and `livens.sandbox.box`
for the process. The process waits until `livens.sandbox.rlimits` and `livens.sandbox.cgroups` have
set its limits and have read them back. Only then does the kernel's own code begin.

This room imports nothing of livens but its errors, so it serves any kernel.
"""
