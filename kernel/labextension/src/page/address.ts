/** What the address of the page says, and the links that it hands out. No DOM. */

/** A session id, as the server takes it. */
export const SESSION_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The session that an address names; null if it names none. */
export function sessionOf(address: string): string | null {
  const id = new URL(address).searchParams.get('session');
  return id !== null && SESSION_ID.test(id) ? id : null;
}

/** An address with another session, or with none; a token in it is left out. */
export function addressOf(address: string, session: string | null, token = ''): string {
  const url = new URL(address);
  url.search = '';
  url.hash = '';
  if (session !== null) {
    url.searchParams.set('session', session);
  }
  if (token !== '') {
    url.searchParams.set('token', token);
  }
  return url.href;
}

/** The address of a session's socket; it makes no session where there is none. */
export function socketAddressOf(root: string, session: string, client: string): string {
  const url = new URL(`sessions/${encodeURIComponent(session)}/socket`, root);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('make', 'false');
  if (client !== '') {
    url.searchParams.set('client', client);
  }
  return url.href;
}
