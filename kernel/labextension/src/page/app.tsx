/** Which view is shown: the prompt for a token, the list of sessions, or a session. */

import * as React from 'react';
import { useEffect, useState } from 'react';
import type { ITabs } from '../widget/tabs';
import { useSignal } from '../views/hooks';
import { addressOf, sessionOf, socketAddressOf } from './address';
import { type Api, HttpError } from './api';
import { Dialog } from './dialog';
import { TokenPrompt } from './prompt';
import { Room } from './room';
import { messageOf, Session } from './session';
import { Sessions } from './sessions';

interface IAppProps {
  api: Api;
  nonce: string;
  importTabs: () => Promise<ITabs>;
}

type Access = 'asking' | 'given' | 'refused' | { trouble: string };

const RETRY_MS = 2000;

/** What tells that the network may have gone or come. */
const NETWORK_EVENTS = ['offline', 'online'];

/** Draw the page. */
export function App(props: IAppProps): JSX.Element {
  const { api } = props;
  const [access, setAccess] = useState<Access>('asking');
  const [me, setMe] = useState('');
  const [id, setId] = useState(() => sessionOf(location.href));
  const ask = async () => {
    try {
      const { name } = await api.user();
      setMe(rememberedName() ?? name);
      setAccess('given');
    } catch (error) {
      const isRefused = error instanceof HttpError && error.isRefusal;
      setAccess(isRefused ? 'refused' : { trouble: messageOf(error) });
    }
  };
  useEffect(() => {
    void ask();
    const onPopState = () => setId(sessionOf(location.href));
    window.addEventListener('popstate', onPopState);
    return () => window.removeEventListener('popstate', onPopState);
  }, []);
  useEffect(() => {
    const isLost = typeof access === 'object';
    const timer = isLost ? window.setTimeout(() => void ask(), RETRY_MS) : undefined;
    return () => window.clearTimeout(timer);
  }, [access]);
  const go = (next: string | null) => {
    history.pushState(null, '', addressOf(location.href, next));
    setId(next);
  };
  if (access === 'refused') {
    return <TokenPrompt api={api} onDone={() => void ask()} />;
  }
  if (access !== 'given') {
    return (
      <main className="lv-Start">
        <h1>livens</h1>
        <p role="status">
          {access === 'asking'
            ? 'Asking the server …'
            : `${access.trouble}. Trying again …`}
        </p>
      </main>
    );
  }
  return id === null ? (
    <Sessions api={api} onJoin={go} onRefused={() => setAccess('refused')} />
  ) : (
    <Joined
      key={id}
      {...props}
      id={id}
      me={me}
      onMe={setMe}
      onLeave={() => go(null)}
      onRefused={() => setAccess('refused')}
    />
  );
}

/** Be in a session as long as it is shown. */
function Joined(
  props: IAppProps & {
    id: string;
    me: string;
    onMe: (me: string) => void;
    onLeave: () => void;
    onRefused: () => void;
  }
): JSX.Element | null {
  const { api, id, me, importTabs } = props;
  const [session, setSession] = useState<Session | null>(null);
  const [round, setRound] = useState(0);
  const [isNaming, setNaming] = useState(false);
  useEffect(() => {
    const address = socketAddressOf(api.root, id, me);
    const connect = () => new WebSocket(address);
    const joined = new Session(
      id,
      me,
      { connect, presence: () => api.presenceOf(id) },
      importTabs
    );
    setSession(joined);
    joined.line.open();
    const onNetwork = () => joined.line.check();
    NETWORK_EVENTS.forEach(event => window.addEventListener(event, onNetwork));
    return () => {
      NETWORK_EVENTS.forEach(event => window.removeEventListener(event, onNetwork));
      joined.dispose();
    };
  }, [id, me, round]);
  useSignal(session?.line.stateChanged ?? null);
  const isRefused = session?.line.state === 'refused';
  useEffect(() => {
    if (isRefused) {
      props.onRefused();
    }
  }, [isRefused]);
  if (session === null) {
    return null;
  }
  return (
    <>
      <Room
        key={session.me + round}
        api={api}
        session={session}
        nonce={props.nonce}
        onLeave={props.onLeave}
        onRestart={() => setRound(round + 1)}
        onRename={() => setNaming(true)}
      />
      {isNaming ? (
        <NameDialog
          me={me}
          onDone={name => {
            setNaming(false);
            if (name !== null && name !== me) {
              rememberName(name);
              props.onMe(name);
            }
          }}
        />
      ) : null}
    </>
  );
}

function NameDialog(props: {
  me: string;
  onDone: (name: string | null) => void;
}): JSX.Element {
  const [name, setName] = useState(props.me);
  return (
    <Dialog title="Your name" onClose={() => props.onDone(null)}>
      <form
        onSubmit={event => {
          event.preventDefault();
          props.onDone(name.trim() || null);
        }}
      >
        <label>
          By this name the others see what you run
          <input
            type="text"
            maxLength={100}
            value={name}
            onChange={event => setName(event.target.value)}
          />
        </label>
        <button className="lv-Button lv-mod-accept">Save</button>
      </form>
    </Dialog>
  );
}

const NAME = 'livens.name';

function rememberedName(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null; // the browser keeps nothing
  }
}

function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // The browser keeps nothing: the name holds as long as the page is open.
  }
}
