/** The entries of a session: what was run, by whom, and what came of it. */

import * as React from 'react';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { useSignal } from '../views/hooks';
import { OutputView } from './outputs';
import type { EntryState, IEntry, Transcript } from './transcript';

const WORDS: Record<EntryState, string> = {
  waiting: 'waits for its turn',
  running: 'runs',
  done: '',
  failed: 'failed',
  unknown: 'how it ended is not known',
  restarted: ''
};

/** Draw all entries; the newest stays in sight unless somebody looks at an earlier one. */
export function Entries(props: { transcript: Transcript; me: string }): JSX.Element {
  const { transcript, me } = props;
  useSignal(transcript.changed);
  const end = useEnd();
  return (
    <div
      ref={end.node}
      className="lv-Entries"
      role="log"
      aria-label="Code and its output"
      tabIndex={0}
      onScroll={end.onScroll}
    >
      {transcript.entries.length === 0 ? (
        <p className="lv-Hint">
          Nothing has been run yet. Write Python below, and press Shift and Enter.
        </p>
      ) : null}
      {transcript.entries.map(entry => (
        <Entry key={entry.key} entry={entry} isMine={entry.by === me} />
      ))}
      {transcript.lost > 0 ? (
        <p className="lv-Hint" role="alert">
          {transcript.lost} messages are missing here: this page reads too slowly.
        </p>
      ) : null}
    </div>
  );
}

const NEAR_PX = 40;

/** Keep the end of an element in sight until somebody scrolls up, also where its content grows. */
function useEnd(): { node: React.RefObject<HTMLDivElement>; onScroll: () => void } {
  const node = useRef<HTMLDivElement>(null);
  const place = useRef({ isAtEnd: true, top: 0 });
  const follow = () => {
    if (place.current.isAtEnd && node.current) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  };
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = node.current!;
    const isUp = scrollTop < place.current.top;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    // Content that grows moves the end away, and nobody has scrolled.
    place.current = {
      isAtEnd: isNear || (place.current.isAtEnd && !isUp),
      top: scrollTop
    };
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(follow);
    [...node.current!.children].forEach(child => observer.observe(child));
    follow();
    return () => observer.disconnect();
  });
  return { node, onScroll };
}

const Entry = React.memo(function Entry(props: { entry: IEntry; isMine: boolean }) {
  const { entry, isMine } = props;
  if (entry.state === 'restarted') {
    return (
      <p className="lv-Restarted">The kernel was started anew: the variables are gone.</p>
    );
  }
  const who =
    entry.by === '' ? 'another program' : isMine ? `${entry.by} (you)` : entry.by;
  const word = WORDS[entry.state];
  const number = entry.count ?? (entry.state === 'waiting' ? '*' : '?');
  return (
    <article
      className={`lv-Entry lv-mod-${entry.state}`}
      data-state={entry.state}
      aria-label={`In ${number}, by ${who}`}
    >
      <header className="lv-EntryHead">
        <span className="lv-Count">In [{number}]</span>
        <span className="lv-By">{who}</span>
        {word ? <span className="lv-State">{word}</span> : null}
      </header>
      <Code code={entry.code} />
      {entry.outputs.map((output, i) => (
        <OutputView key={i} output={output} />
      ))}
    </article>
  );
});

/** Draw code, in colours. */
function Code({ code }: { code: string }): JSX.Element {
  const parts = useMemo(() => {
    const drawn: React.ReactNode[] = [];
    highlightCode(
      code,
      pythonLanguage.parser.parse(code),
      classHighlighter,
      (text, classes) =>
        drawn.push(
          classes ? (
            <span key={drawn.length} className={classes}>
              {text}
            </span>
          ) : (
            text
          )
        ),
      () => drawn.push('\n')
    );
    return drawn;
  }, [code]);
  return (
    <pre className="lv-Code">
      <code>{parts}</code>
    </pre>
  );
}
