/** The input: CodeMirror with Python, completion by the kernel, and the keys of a console. */

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  completionStatus,
  startCompletion
} from '@codemirror/autocomplete';
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentMore,
  insertNewlineAndIndent
} from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { bracketMatching, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, type KeyBinding, keymap } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import type { ICompletion } from './session';

/** What the input asks of the page. */
export interface IEditorHost {
  run(code: string): void;
  /** Earlier and later inputs; null if there is none. */
  back(written: string): string | null;
  forward(): string | null;
  search(): void;
  interrupt(): void;
  complete(code: string, at: number, isAsked: boolean): Promise<ICompletion | null>;
}

/** Make the input. `nonce` lets its styles through the policy of the page. */
export function makeEditor(
  parent: HTMLElement,
  host: IEditorHost,
  nonce: string
): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        EditorView.cspNonce.of(nonce),
        Prec.highest(keymap.of(keysOf(host))),
        history(),
        python(),
        indentUnit.of('    '),
        syntaxHighlighting(classHighlighter),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [context => complete(host, context)], icons: false }),
        drawSelection(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': 'Python code',
          'aria-describedby': 'lv-keys',
          spellcheck: 'false'
        }),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap
        ])
      ]
    })
  });
}

/** Put code into the input, with the cursor at its end. */
export function write(view: EditorView, code: string): void {
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: code },
    selection: { anchor: code.length },
    scrollIntoView: true
  });
}

function keysOf(host: IEditorHost): KeyBinding[] {
  const run = (view: EditorView): boolean => {
    const code = view.state.doc.toString();
    if (code.trim() !== '') {
      host.run(code);
      write(view, '');
    }
    return true;
  };
  const interrupt = (view: EditorView): boolean => {
    const isSelected = !view.state.selection.main.empty;
    if (!isSelected) {
      host.interrupt();
    }
    return !isSelected; // what is selected is copied
  };
  return [
    { key: 'Shift-Enter', run },
    { key: 'Ctrl-Enter', run },
    { key: 'Mod-Enter', run },
    { key: 'Enter', run: insertUnlessCompleting },
    { key: 'ArrowUp', run: view => walk(view, -1, host) },
    { key: 'ArrowDown', run: view => walk(view, 1, host) },
    { key: 'Ctrl-r', run: () => (host.search(), true), preventDefault: true },
    { key: 'Ctrl-c', run: interrupt },
    { key: 'Tab', run: tab }
  ];
}

function insertUnlessCompleting(view: EditorView): boolean {
  return completionStatus(view.state) === 'active'
    ? acceptCompletion(view)
    : insertNewlineAndIndent(view);
}

/** From the first line up, and from the last line down, the arrows go through the inputs. */
function walk(view: EditorView, direction: -1 | 1, host: IEditorHost): boolean {
  const { doc, selection } = view.state;
  const line = doc.lineAt(selection.main.head).number;
  const isAtEdge = line === (direction < 0 ? 1 : doc.lines);
  if (!isAtEdge || !selection.main.empty || completionStatus(view.state) === 'active') {
    return false;
  }
  const code = direction < 0 ? host.back(doc.toString()) : host.forward();
  if (code !== null) {
    write(view, code);
  }
  return code !== null;
}

/** Complete behind a word, indent in front of the code; in an empty input go on to what is next. */
function tab(view: EditorView): boolean {
  if (completionStatus(view.state) === 'active') {
    return acceptCompletion(view);
  }
  const { doc, selection } = view.state;
  if (doc.length === 0) {
    return false;
  }
  const line = doc.lineAt(selection.main.head);
  const before = line.text.slice(0, selection.main.head - line.from);
  return before.trim() === '' ? indentMore(view) : startCompletion(view);
}

async function complete(
  host: IEditorHost,
  context: CompletionContext
): Promise<CompletionResult | null> {
  const { state, pos, explicit } = context;
  if (!explicit && !context.matchBefore(/[\w.]$/)) {
    return null;
  }
  const found = await host.complete(state.doc.toString(), pos, explicit);
  if (!found || found.matches.length === 0 || context.aborted) {
    return null;
  }
  return {
    from: found.from,
    to: found.to,
    options: found.matches.map(label => ({ label })),
    validFor: /^\w*$/
  };
}
