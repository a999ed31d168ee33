"""The page: a REPL in the browser, with the variables beside it.

The page itself holds nothing of any session, so it is handed to everybody; what it asks for then
needs the token. A token in the address logs in and is taken out of the address at once. The page
loads nothing from elsewhere, and its Content-Security-Policy makes sure of that.

HTML that code displays is drawn by a document of its own (``page/frame``), in an origin of its
own: it can reach neither the page nor the server nor the network.
"""

from __future__ import annotations

import secrets
from html import escape
from importlib.resources import files
from urllib.parse import urlencode

import msgspec
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

ASSETS = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "widget-tabs.js": "text/javascript; charset=utf-8",
}
"""The files that the build of the panel leaves in ``livens/static``."""

STATIC = files("livens") / "static"

MISSING = (
    "This installation of livens has no page: it was built without Node.js. Expected a wheel with "
    "the page, or `make panel` in a clone. The HTTP interface works without it"
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>livens</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}page/page.css">
</head>
<body data-root="{root}" data-login="{login}">
<div id="livens"></div>
<noscript>This page needs JavaScript.</noscript>
<script type="module" src="{root}page/page.js" nonce="{nonce}"></script>
</body>
</html>
"""

FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Output</title>
<style>
:root { color-scheme: light; font: 13px/1.4 system-ui, sans-serif; }
:root.dark { color-scheme: dark; }
body { margin: 0; padding: 2px; overflow-wrap: anywhere; }
table { border: 0; border-collapse: collapse; font-size: 12px; }
th, td { padding: 2px 8px; text-align: right; border: 0; border-bottom: 1px solid #8884; }
img, svg, canvas, video { max-width: 100%; }
</style>
</head>
<body>
<script>
// Only the page that holds this frame may say what to draw, and only once.
addEventListener('message', event => {
  if (event.source !== parent || document.body.dataset.drawn) return;
  document.body.dataset.drawn = 'yes';
  document.documentElement.classList.toggle('dark', event.data.isDark);
  document.body.append(document.createRange().createContextualFragment(event.data.html));
  const tell = () => parent.postMessage(
    { livensHeight: document.documentElement.getBoundingClientRect().height }, '*');
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
});
parent.postMessage({ livensReady: true }, '*');
</script>
</body>
</html>
"""

FRAME_POLICY = "; ".join(
    [
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "media-src data: blob:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]
)


def page_policy(nonce: str) -> str:
    """Return the Content-Security-Policy of the page: its own files, and its own server."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'self' 'nonce-{nonce}'",  # CodeMirror makes style elements
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "frame-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def need_asset(name: str) -> bytes:
    """Return what a file of the page holds.

    Raises
    ------
    HTTPError
        404 if this livens was installed without the page.
    """
    try:
        return (STATIC / name).read_bytes()
    except FileNotFoundError:
        raise HTTPError(404, MISSING) from None


class _Document(JupyterHandler):
    """A document with a policy of its own."""

    _policy = "default-src 'none'"

    @property
    def content_security_policy(self) -> str:
        """The policy; one that the user has set for all answers does not replace it."""
        return self._policy

    def set_default_headers(self) -> None:
        """Set those of Jupyter, and that no address of ours is told to others."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", self._policy)
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")

    def set_policy(self, policy: str) -> None:
        """Set the policy of this answer."""
        self._policy = policy
        self.set_header("Content-Security-Policy", policy)


class PageHandler(_Document):
    """``GET /``: the page."""

    auth_resource = "kernels"

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with the page; a token in the address logs in and leaves the address."""
        if self.get_query_argument("token", ""):
            query = {
                name: values[-1].decode("utf-8", "replace")
                for name, values in self.request.query_arguments.items()
                if name != "token"
            }
            self.redirect(f"{self.root}?{urlencode(query)}" if query else self.root)
            return
        need_asset("page.js")
        _ = self.xsrf_token  # sets its cookie, which the page sends back with what it asks for
        nonce = secrets.token_urlsafe(16)
        self.set_policy(page_policy(nonce))
        login = url_path_join(self.base_url, "login")
        self.finish(PAGE.format(root=escape(self.root), nonce=nonce, login=escape(login)))

    @property
    def root(self) -> str:
        """The path that all of livens stands below, as it was asked for."""
        return self.request.path.rstrip("/") + "/"


class AssetHandler(_Document):
    """``GET /page/{file}``: what the page is made of."""

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        """Answer with a file."""
        if name not in ASSETS:
            raise HTTPError(404, f"The page has no file {name!r}")
        content = need_asset(name)
        self.set_header("Content-Type", ASSETS[name])
        self.finish(content)


class FrameHandler(_Document):
    """``GET /page/frame``: the document that draws HTML of the user's code."""

    _policy = FRAME_POLICY

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with the document."""
        self.finish(FRAME)


class UserHandler(APIHandler):
    """``GET /page/user``: who asks; and the token, for a link that lets in whoever has it."""

    auth_resource = "kernels"
    _track_activity = False

    @authorized("execute")
    async def get(self) -> None:
        """Answer with the name, and the token if ``?token_for_link=1`` asks for it."""
        user = self.current_user
        answer = {"name": user.display_name or user.username}
        if self.get_query_argument("token_for_link", ""):
            answer["token"] = self.identity_provider.token or ""
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(answer))
