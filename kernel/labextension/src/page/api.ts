/** What the page asks of the server by HTTP. */

/** A session, as the server tells of it. */
export interface ISessionInfo {
  sessionId: string;
  /** What Jupyter knows of the kernel: starting, idle, busy, restarting or dead. */
  state: string | null;
  lastActivity: string | null;
}

/** What became of a question. */
export type Presence = 'there' | 'gone' | 'refused';

/** An answer that is none: `status` is 0 where the server was not reached. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
    this.name = 'HttpError';
  }

  /** Whether the server wants to know who it is. */
  get isRefusal(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

const PATIENCE_MS = 15_000;

/** A kernel may take long to start. */
const START_MS = 90_000;

/** The server. */
export class Api {
  constructor(
    readonly root: string,
    private readonly _fetch: typeof fetch = (...args) => fetch(...args),
    private readonly _cookies: () => string = () => document.cookie
  ) {}

  /** Log in with a token: the server remembers it in a cookie that no script can read. */
  async login(token: string): Promise<void> {
    await this._ask('GET', 'page/user', { headers: { Authorization: `token ${token}` } });
  }

  /** The name by which the server knows the user; with it the token, if a link is to hold it. */
  async user(needsToken = false): Promise<{ name: string; token?: string }> {
    return this._ask('GET', `page/user${needsToken ? '?token_for_link=1' : ''}`);
  }

  async sessions(): Promise<ISessionInfo[]> {
    const { sessions } = await this._ask<{ sessions: ISessionInfo[] }>(
      'GET',
      'sessions?no_track_activity=1'
    );
    return sessions;
  }

  async makeSession(id: string): Promise<ISessionInfo> {
    const body = JSON.stringify({ sessionId: id });
    return this._ask('POST', 'sessions', { body }, START_MS);
  }

  async endSession(id: string): Promise<void> {
    await this._ask('DELETE', `sessions/${encodeURIComponent(id)}`);
  }

  /** Ask whether a session is there, without making it. */
  async presenceOf(id: string): Promise<Presence> {
    try {
      await this._ask('GET', `sessions/${encodeURIComponent(id)}?no_track_activity=1`);
      return 'there';
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) {
        return 'gone';
      }
      if (error instanceof HttpError && error.isRefusal) {
        return 'refused';
      }
      throw error;
    }
  }

  private async _ask<T>(
    method: string,
    path: string,
    { headers, body }: { headers?: Record<string, string>; body?: string } = {},
    patience_ms = PATIENCE_MS
  ): Promise<T> {
    const xsrf = cookieOf(this._cookies(), '_xsrf');
    let response: Response;
    try {
      response = await this._fetch(new URL(path, this.root), {
        method,
        body,
        headers: { ...(xsrf ? { 'X-XSRFToken': xsrf } : {}), ...headers },
        credentials: 'same-origin',
        redirect: 'error',
        signal: AbortSignal.timeout(patience_ms)
      });
    } catch {
      throw new HttpError(0, 'The server does not answer');
    }
    if (!response.ok) {
      throw new HttpError(response.status, await messageOf(response));
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

async function messageOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { message?: string };
    return message ?? response.statusText;
  } catch {
    return `The server answered ${response.status} ${response.statusText}`.trim();
  }
}

/** The value of a cookie; empty if there is none. */
export function cookieOf(cookies: string, name: string): string {
  const found = cookies.split('; ').find(cookie => cookie.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}
