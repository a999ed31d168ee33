/** A session: its head, what was run in it with the input below, and the variables beside that. */

import * as React from 'react';
import { useEffect, useState } from 'react';
import { useSignal } from '../views/hooks';
import { WidgetView } from '../widget/view';
import type { Api } from './api';
import { Entries } from './entries';
import { Input } from './input';
import { messageOf, type Session } from './session';
import { EndDialog } from './sessions';
import { ShareDialog } from './share';
import type { LineState } from './socket';

interface IRoomProps {
  api: Api;
  session: Session;
  nonce: string;
  onLeave: () => void;
  onRestart: () => void;
  onRename: () => void;
}

/** Draw a session. */
export function Room(props: IRoomProps): JSX.Element {
  const { api, session, nonce } = props;
  useSignal(session.line.stateChanged);
  const [areVariablesShown, setVariablesShown] = useState(true);
  const { line } = session;
  const isOver = line.state === 'ended';
  useEffect(() => {
    document.title = `${session.id} · livens`;
    return () => {
      document.title = 'livens';
    };
  }, [session]);
  return (
    <div className={`lv-Room${areVariablesShown ? '' : ' lv-mod-alone'}`}>
      <Head
        {...props}
        areVariablesShown={areVariablesShown}
        onToggleVariables={() => setVariablesShown(!areVariablesShown)}
      />
      <main className="lv-Repl">
        <Entries transcript={session.transcript} me={session.me} />
        {isOver ? (
          <Over api={api} session={session} onRestart={props.onRestart} />
        ) : (
          <Input session={session} nonce={nonce} />
        )}
      </main>
      {areVariablesShown ? (
        <aside className="lv-Variables" aria-label="Variables">
          <WidgetView watch={session.watch} id="lv-page" />
        </aside>
      ) : null}
    </div>
  );
}

function Head(
  props: IRoomProps & { areVariablesShown: boolean; onToggleVariables: () => void }
): JSX.Element {
  const { api, session, areVariablesShown } = props;
  const [dialog, setDialog] = useState<'share' | 'end' | null>(null);
  const isOpen = session.line.state === 'open';
  return (
    <header className="lv-RoomHead">
      <h1 title={session.id}>{session.id}</h1>
      <State session={session} />
      <nav aria-label="Session">
        <button className="lv-Button" onClick={props.onRename}>
          You are {session.me}
        </button>
        <button
          className="lv-Button"
          aria-pressed={areVariablesShown}
          onClick={props.onToggleVariables}
        >
          Variables
        </button>
        <button className="lv-Button" onClick={() => setDialog('share')}>
          Share
        </button>
        <button className="lv-Button" onClick={props.onLeave}>
          Sessions
        </button>
        <button className="lv-Button" disabled={!isOpen} onClick={() => setDialog('end')}>
          End
        </button>
      </nav>
      {dialog === 'share' ? (
        <ShareDialog api={api} id={session.id} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'end' ? (
        <EndDialog api={api} id={session.id} onClose={() => setDialog(null)} />
      ) : null}
    </header>
  );
}

const WORDS: Record<LineState, string> = {
  connecting: 'connecting …',
  open: 'connected',
  lost: 'connection lost, trying again …',
  ended: 'session ended',
  refused: 'the server asks for a token',
  closed: 'closed'
};

const BACK_MS = 4000;

/** What is known of the connection, and of the code that runs. */
function State({ session }: { session: Session }): JSX.Element {
  const { line, transcript } = session;
  useSignal(line.stateChanged);
  useSignal(transcript.changed);
  const { state, opened } = line;
  const [isBack, setBack] = useState(false);
  useEffect(() => {
    if (opened < 2) {
      return;
    }
    setBack(true);
    const timer = window.setTimeout(() => setBack(false), BACK_MS);
    return () => window.clearTimeout(timer);
  }, [opened]);
  const isRunning = state === 'open' && transcript.isRunning;
  const text = state === 'open' && isBack ? 'connected again' : WORDS[state];
  return (
    <p className="lv-Line" role="status" data-state={state}>
      <span
        className={`lv-Dot lv-mod-${isRunning ? 'running' : state}`}
        aria-hidden="true"
      />
      {text}
      {isRunning ? ', code runs' : ''}
    </p>
  );
}

/** What there is instead of the input when a session has ended, or never was. */
function Over(props: { api: Api; session: Session; onRestart: () => void }): JSX.Element {
  const { api, session, onRestart } = props;
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      await api.makeSession(session.id);
      onRestart();
    } catch (error) {
      setTrouble(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <div className="lv-Over" role="alert">
      <p>
        {session.line.opened > 0
          ? 'This session has ended. What is shown is the last that was known.'
          : `There is no session “${session.id}”. It may have ended, or not have begun.`}
      </p>
      <button
        className="lv-Button lv-mod-accept"
        disabled={isBusy}
        onClick={() => void start()}
      >
        {isBusy ? 'Its kernel starts …' : 'Start one of this name'}
      </button>
      <p className="lv-Trouble">{trouble}</p>
    </div>
  );
}
