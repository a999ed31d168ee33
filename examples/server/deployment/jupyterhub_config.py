"""JupyterHub: each user's server has the sessions below ``/user/NAME/livens/``.

The environment of the users' servers needs ``pip install 'livens[server]'``. A program comes in
with a token of the Hub that has the scope ``access:servers``.
"""

c = get_config()  # noqa: F821

c.Spawner.args = ["--ServerApp.jpserver_extensions={'livens.server': True}"]

c.JupyterHub.load_roles = [
    {
        "name": "livens-client",
        "scopes": ["access:servers"],
        "services": ["livens-client"],
    }
]
c.JupyterHub.services = [
    {"name": "livens-client", "api_token": "a-long-random-text-of-your-own"},
]
