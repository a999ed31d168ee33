// A client of `jupyter livens serve`, without dependencies: for browsers, Node.js 20 and newer, Deno
// and Bun. Copy this file into your project. docs/server.md says what the calls mean.

/** What the code told, and how it ended. */
export interface Answer {
  output: string;
  /** The traceback, or why the code was not run to its end; null if all is well. */
  error: string | null;
  stderr: string;
}

/** A description of a variable; docs/protocol.md has all of its fields. */
export interface Variable {
  name: string;
  kind: string;
  type: string;
  preview: string;
  length?: number;
  shape?: number[];
  dtype?: string;
  has_children?: boolean;
  changed_at?: number;
}

/** What changed of the variables. */
export interface Change {
  type: 'change';
  /** Names the kernel process; after another one, all that was is gone. */
  epoch?: string;
  /** Whether this is the whole state, and what is not in it is gone. */
  complete?: boolean;
  changed?: Variable[];
  removed?: string[];
}

/** What one execution tells, in order; `complete` is the last. */
export type Event =
  | { type: 'output'; content: string }
  | { type: 'display'; data: Record<string, unknown>; metadata?: Record<string, unknown> }
  | { type: 'error'; content: string }
  | Change
  | { type: 'complete'; returnCode: number };

export interface Session {
  sessionId: string;
  kernelId: string | null;
  /** null where it is not known. */
  state: string | null;
  lastActivity: string | null;
  connections: number;
}

/** The server has answered with an error. */
export class ServerRefused extends Error {
  constructor(
    message: string,
    /** Of HTTP. */
    readonly status: number
  ) {
    super(message);
    this.name = 'ServerRefused';
  }
}

export interface Options {
  /** What lets the client in. */
  token?: string;
  /** Who this is, for the others in a session. */
  client?: string;
}

export interface Execution {
  /** After so long the code is interrupted; by default what the server allows. */
  timeoutS?: number;
  /** Aborting it interrupts the code. */
  signal?: AbortSignal;
}

/** How long to wait before each try to go on with a stream of changes that was cut. */
const RETRIES_MS = [100, 500, 1000, 2000, 5000, 10000];

/** A client of one server. Every call rejects with a `ServerRefused`, or with what `fetch` throws. */
export class LivensServer {
  constructor(
    private readonly url: string,
    private readonly options: Options = {}
  ) {}

  /** Run code, and tell all of its output; a session that is not there is made. */
  execute(session: string, code: string, how: Execution = {}): Promise<Answer> {
    return this.json('POST', `execute/${part(session)}`, bodyOf(code, how), how.signal);
  }

  /**
   * Run code, and yield what it tells, as it does. Leaving the loop interrupts the code. If the
   * connection ends before the code does, this throws: how the code ended is not known then.
   */
  async *stream(
    session: string,
    code: string,
    how: Execution & { variables?: boolean } = {}
  ): AsyncGenerator<Event, void, undefined> {
    const body = { ...bodyOf(code, how), variables: how.variables ?? false };
    const path = `execute-stream/${part(session)}`;
    for await (const { event } of this.events('POST', path, {
      body,
      signal: how.signal
    })) {
      yield event;
      if (event.type === 'complete') {
        return;
      }
    }
    throw new Error(`The stream of ${session} has ended before its code did`);
  }

  /**
   * Yield the whole state of the variables, then each change, until the loop is left. After a cut
   * it goes on with what came since, or with the whole state if that is too long ago.
   *
   * @param names Names or patterns, with commas between them.
   */
  async *changes(
    session: string,
    names = '*',
    signal?: AbortSignal
  ): AsyncGenerator<Change, void, undefined> {
    const path = `changes/${part(session)}?names=${encodeURIComponent(names)}`;
    let lastId = '';
    let pauses: number[] = [];
    for (;;) {
      let failure: unknown = new Error(`The stream of changes of ${session} has ended`);
      try {
        for await (const { id, event } of this.events('GET', path, { lastId, signal })) {
          if (event.type === 'error') {
            throw new ServerRefused(event.content, 503);
          }
          lastId = id || lastId;
          pauses = [...RETRIES_MS];
          yield event as Change;
        }
      } catch (error) {
        failure = error;
      }
      const pauseMs = pauses.shift();
      if (pauseMs === undefined || failure instanceof ServerRefused || signal?.aborted) {
        throw failure;
      }
      await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  }

  /** Describe all variables. */
  async variables(session: string): Promise<Variable[]> {
    const path = `variables/${part(session)}`;
    return (await this.json<{ variables: Variable[] }>('GET', path)).variables;
  }

  /** Describe a variable. */
  variable(session: string, name: string): Promise<Variable> {
    return this.json('GET', `variables/${part(session)}/${part(name)}`);
  }

  /** Bind a name to the value of a Python expression. */
  setVariable(session: string, name: string, expression: string): Promise<Variable> {
    return this.json('PUT', `variables/${part(session)}/${part(name)}`, { expression });
  }

  /** Delete a variable. */
  async deleteVariable(session: string, name: string): Promise<void> {
    await this.send('DELETE', `variables/${part(session)}/${part(name)}`);
  }

  /** Empty the namespace, in the same kernel; what runs is interrupted. */
  async reset(session: string): Promise<void> {
    await this.send('POST', `reset/${part(session)}`);
  }

  /** Interrupt the code that runs. */
  async interrupt(session: string): Promise<void> {
    await this.send('POST', `sessions/${part(session)}/interrupt`);
  }

  /** Make a session, if there is none of this id; without one the server finds an id. */
  create(sessionId?: string): Promise<Session> {
    return this.json('POST', 'sessions', { sessionId });
  }

  /** End a session and its kernel. */
  async end(session: string): Promise<void> {
    await this.send('DELETE', `sessions/${part(session)}`);
  }

  /** All sessions of the server. */
  async sessions(): Promise<Session[]> {
    return (await this.json<{ sessions: Session[] }>('GET', 'sessions')).sessions;
  }

  private async json<T>(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T> {
    return (await (await this.send(method, path, { body, signal })).json()) as T;
  }

  private async send(
    method: string,
    path: string,
    more: Request = {}
  ): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.options.token) {
      headers['Authorization'] = `token ${this.options.token}`;
    }
    if (this.options.client) {
      headers['X-Livens-Client'] = this.options.client;
    }
    if (more.lastId) {
      headers['Last-Event-ID'] = more.lastId;
    }
    const answer = await fetch(`${this.url.replace(/\/+$/, '')}/${path}`, {
      method,
      headers,
      body: more.body === undefined ? undefined : JSON.stringify(more.body),
      signal: more.signal
    });
    if (!answer.ok) {
      throw new ServerRefused(await reasonOf(answer), answer.status);
    }
    return answer;
  }

  /** Read server-sent events. `EventSource` cannot send a token or a body. */
  private async *events(
    method: string,
    path: string,
    more: Request
  ): AsyncGenerator<{ id: string; event: Event }, void, undefined> {
    const leaving = new AbortController();
    const signal = more.signal
      ? AbortSignal.any([more.signal, leaving.signal])
      : leaving.signal;
    const answer = await this.send(method, path, { ...more, signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let id = '';
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return;
        }
        const lines = (rest + value).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.startsWith('id: ')) {
            id = line.slice(4);
          } else if (line.startsWith('data: ')) {
            yield { id, event: JSON.parse(line.slice(6)) as Event };
          }
        }
      }
    } finally {
      leaving.abort();
    }
  }
}

interface Request {
  body?: unknown;
  signal?: AbortSignal;
  lastId?: string;
}

function part(text: string): string {
  return encodeURIComponent(text);
}

function bodyOf(code: string, how: Execution): { code: string; timeout_s?: number } {
  return how.timeoutS === undefined ? { code } : { code, timeout_s: how.timeoutS };
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    return String((JSON.parse(text) as { message: unknown }).message);
  } catch {
    return `${answer.status} ${text.slice(0, 200)}`;
  }
}
