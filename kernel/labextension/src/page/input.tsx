/** Where code is written, with its keys and buttons, and the search in earlier inputs. */

import * as React from 'react';
import { useEffect, useRef, useState } from 'react';
import type { EditorView } from '@codemirror/view';
import { useSignal } from '../views/hooks';
import { Dialog } from './dialog';
import { makeEditor, write } from './editor';
import type { Session } from './session';

/** Draw the input of a session. */
export function Input(props: { session: Session; nonce: string }): JSX.Element {
  const { session, nonce } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const [isSearching, setSearching] = useState(false);
  useSignal(session.transcript.changed);
  useSignal(session.line.stateChanged);
  useSignal(session.troubled);
  const { inputs, line } = session;
  const isOpen = line.state === 'open';
  useEffect(() => {
    const view = makeEditor(
      host.current!,
      {
        run: code => void session.run(code),
        back: written => inputs.back(written),
        forward: () => inputs.forward(),
        search: () => setSearching(true),
        interrupt: () => void session.interrupt(),
        complete: (code, at, isAsked) => session.complete(code, at, isAsked)
      },
      nonce
    );
    editor.current = view;
    view.focus();
    return () => view.destroy();
  }, [session]);
  const run = () => {
    const view = editor.current!;
    const code = view.state.doc.toString();
    if (code.trim() !== '') {
      void session.run(code);
      write(view, '');
    }
    view.focus();
  };
  return (
    <div className="lv-Input">
      <div ref={host} className="lv-InputCode" />
      <div className="lv-InputFoot">
        <button className="lv-Button lv-mod-accept" onClick={run} disabled={!isOpen}>
          Run
        </button>
        <button
          className="lv-Button"
          onClick={() => void session.interrupt()}
          disabled={!isOpen || !session.transcript.isRunning}
        >
          Interrupt
        </button>
        <button className="lv-Button" onClick={() => setSearching(true)}>
          History
        </button>
        <button className="lv-Button" onClick={() => session.transcript.clear()}>
          Clear
        </button>
        <span className="lv-Small" id="lv-keys">
          Shift+Enter runs, ↑ and ↓ go through history, Ctrl+R searches it, Tab completes,
          Ctrl+C interrupts. Escape and then Tab leaves the input.
        </span>
      </div>
      {session.trouble ? (
        <p className="lv-Trouble" role="alert">
          {session.trouble}
        </p>
      ) : null}
      {isSearching ? (
        <Search
          session={session}
          onChoose={code => {
            setSearching(false);
            if (code !== null) {
              write(editor.current!, code);
            }
            editor.current!.focus();
          }}
        />
      ) : null}
    </div>
  );
}

const MOST_FOUND = 50;

/** Search earlier inputs. */
function Search(props: {
  session: Session;
  onChoose: (code: string | null) => void;
}): JSX.Element {
  const { session, onChoose } = props;
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = session.inputs.search(text).slice(0, MOST_FOUND);
  const chosen = Math.min(at, found.length - 1);
  const move = (by: number) =>
    setAt(Math.max(0, Math.min(found.length - 1, chosen + by)));
  const onKeyDown = (event: React.KeyboardEvent) => {
    const isOlder = event.key === 'ArrowDown' || (event.ctrlKey && event.key === 'r');
    if (isOlder || event.key === 'ArrowUp') {
      move(isOlder ? 1 : -1);
    } else if (event.key === 'Enter') {
      onChoose(found[chosen] ?? null);
    } else {
      return;
    }
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`lv-found-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  });
  return (
    <Dialog title="Search history" onClose={() => onChoose(null)}>
      <input
        type="text"
        role="combobox"
        aria-label="Search earlier inputs"
        aria-expanded={found.length > 0}
        aria-controls="lv-found"
        aria-activedescendant={chosen >= 0 ? `lv-found-${chosen}` : undefined}
        value={text}
        autoFocus
        spellCheck={false}
        onChange={event => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="lv-found" role="listbox" aria-label="Inputs, newest first">
        {found.map((code, i) => (
          <li
            key={code}
            id={`lv-found-${i}`}
            role="option"
            aria-selected={i === chosen}
            onClick={() => onChoose(code)}
          >
            <pre>{code}</pre>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p>No input has this in it.</p> : null}
    </Dialog>
  );
}
