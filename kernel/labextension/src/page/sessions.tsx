/** The first view: the sessions of the server, to join and to end, and a new one. */

import * as React from 'react';
import { useEffect, useState } from 'react';
import { addressOf, SESSION_ID } from './address';
import { type Api, HttpError, type ISessionInfo } from './api';
import { Dialog } from './dialog';
import { messageOf } from './session';

const LOOK_MS = 4000;

/** Draw the list. */
export function Sessions(props: {
  api: Api;
  onJoin: (id: string) => void;
  onRefused: () => void;
}): JSX.Element {
  const { api, onJoin, onRefused } = props;
  const [sessions, setSessions] = useState<ISessionInfo[] | null>(null);
  const [trouble, setTrouble] = useState('');
  const [ending, setEnding] = useState<string | null>(null);
  const look = async () => {
    try {
      setSessions(await api.sessions());
      setTrouble('');
    } catch (error) {
      if (error instanceof HttpError && error.isRefusal) {
        onRefused();
      } else {
        setTrouble(`${messageOf(error)}: this list may not be that of now.`);
      }
    }
  };
  useEffect(() => {
    void look();
    const timer = window.setInterval(() => void look(), LOOK_MS);
    return () => window.clearInterval(timer);
  }, [api]);
  return (
    <main className="lv-Start">
      <h1>livens</h1>
      <NewSession api={api} onMade={onJoin} onRefused={onRefused} />
      <h2>Sessions</h2>
      <p className="lv-Trouble" role="status">
        {trouble}
      </p>
      {sessions === null ? <p>Asking the server …</p> : null}
      {sessions?.length === 0 ? <p>There is none yet.</p> : null}
      <ul className="lv-SessionList" aria-label="Sessions">
        {sessions?.map(({ sessionId, state }) => (
          <li key={sessionId}>
            <a
              href={addressOf(location.href, sessionId)}
              onClick={event => {
                if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                  event.preventDefault();
                  onJoin(sessionId);
                }
              }}
            >
              {sessionId}
            </a>
            <span className="lv-Small">{state ?? 'state not known'}</span>
            <button
              className="lv-Button"
              aria-label={`End ${sessionId}`}
              onClick={() => setEnding(sessionId)}
            >
              End
            </button>
          </li>
        ))}
      </ul>
      {ending !== null ? (
        <EndDialog
          api={api}
          id={ending}
          onClose={() => {
            setEnding(null);
            void look();
          }}
        />
      ) : null}
    </main>
  );
}

function NewSession(props: {
  api: Api;
  onMade: (id: string) => void;
  onRefused: () => void;
}): JSX.Element {
  const { api, onMade, onRefused } = props;
  const [id, setId] = useState(() => `session-${Math.random().toString(36).slice(2, 8)}`);
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  const make = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!SESSION_ID.test(id)) {
      setTrouble('A name has 1 to 64 letters, digits, dots, underscores and hyphens.');
      return;
    }
    setBusy(true);
    setTrouble('');
    try {
      await api.makeSession(id);
      onMade(id);
    } catch (error) {
      if (error instanceof HttpError && error.isRefusal) {
        onRefused();
        return;
      }
      setTrouble(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={event => void make(event)} aria-label="New session">
      <label>
        Name of a new session
        <input
          type="text"
          value={id}
          spellCheck={false}
          autoComplete="off"
          onChange={event => setId(event.target.value)}
        />
      </label>
      <button className="lv-Button lv-mod-accept" disabled={isBusy}>
        {isBusy ? 'Its kernel starts …' : 'Start'}
      </button>
      <p className="lv-Trouble" role="alert">
        {trouble}
      </p>
    </form>
  );
}

/** Ask before a session is ended, and end it. */
export function EndDialog(props: {
  api: Api;
  id: string;
  onClose: () => void;
}): JSX.Element {
  const { api, id, onClose } = props;
  const [trouble, setTrouble] = useState('');
  const end = async () => {
    try {
      await api.endSession(id);
      onClose();
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) {
        onClose(); // somebody else was quicker
      } else {
        setTrouble(messageOf(error));
      }
    }
  };
  return (
    <Dialog title={`End ${id}?`} onClose={onClose}>
      <p>Its kernel ends, for everybody in it. Its variables cannot be brought back.</p>
      <button className="lv-Button lv-mod-accept" data-first onClick={() => void end()}>
        End the session
      </button>
      <p className="lv-Trouble" role="alert">
        {trouble}
      </p>
    </Dialog>
  );
}
