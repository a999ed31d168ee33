/**
 * What an editor needs to show values at its lines. All of it is decorations: the text, its history
 * and what is saved know nothing of them.
 *
 * `showRun` says which code ran, from where on lines follow what is typed. `showLines` says what they
 * show; only those in sight are drawn. `hide` takes all of it away again.
 */

import {
  Compartment,
  type Extension,
  type Range,
  StateEffect,
  StateField
} from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate
} from '@codemirror/view';
import { Anchors } from './anchors';
import { type ILine, keyOfLine } from './line';
import { LineWidget } from './widget';

/** What an editor shows. */
interface IShown {
  /** The run that it is of. */
  run: object;
  anchors: Anchors;
  lines: ReadonlyMap<number, ILine>;
}

const NO_LINES: ReadonlyMap<number, ILine> = new Map();

const runEffect = StateEffect.define<{ run: object; code: string }>();
const linesEffect = StateEffect.define<ReadonlyMap<number, ILine>>();

const shown = StateField.define<IShown | null>({
  create: () => null,
  update: (before, transaction) => {
    let now = before;
    if (now && transaction.docChanged) {
      now = { ...now, anchors: now.anchors.map(transaction.changes) };
    }
    for (const effect of transaction.effects) {
      if (effect.is(runEffect)) {
        const { run, code } = effect.value;
        now = { run, anchors: Anchors.in(transaction.newDoc, code), lines: NO_LINES };
      } else if (effect.is(linesEffect) && now) {
        now = { ...now, lines: effect.value };
      }
    }
    return now;
  }
});

/** Draws the lines in sight. */
class Drawing {
  constructor(view: EditorView) {
    this.decorations = decorate(view);
  }

  decorations: DecorationSet;

  update(update: ViewUpdate): void {
    const isOther = update.startState.field(shown, false) !== update.state.field(shown);
    if (isOther || update.docChanged || update.viewportChanged) {
      this.decorations = decorate(update.view);
    }
  }
}

const parts: Extension = [
  shown,
  ViewPlugin.fromClass(Drawing, { decorations: drawing => drawing.decorations })
];

const room = new Compartment();

function decorate(view: EditorView): DecorationSet {
  const state = view.state.field(shown);
  const found: Range<Decoration>[] = [];
  for (const [number, line] of state?.lines ?? NO_LINES) {
    const place = state!.anchors.placeOf(view.state.doc, number);
    const isInSight =
      place &&
      view.visibleRanges.some(({ from, to }) => place.to >= from && place.from <= to);
    if (place && isInSight) {
      found.push(Decoration.line({ class: classOf(line) }).range(place.from));
      if (line.items.length > 0 || line.ofCell.length > 0) {
        const widget = new LineWidget(line);
        found.push(Decoration.widget({ widget, side: 1 }).range(place.to));
      }
    }
  }
  return Decoration.set(found, true);
}

function classOf({ mark }: ILine): string {
  return mark ? `lv-InlineLine lv-mod-${mark}` : 'lv-InlineLine';
}

/** Whether an editor shows the values of a run. */
export function shows(view: EditorView, run: object): boolean {
  return view.state.field(shown, false)?.run === run;
}

/** Have an editor follow the lines of a code that runs, and show nothing of what was before. */
export function showRun(view: EditorView, run: object, code: string): void {
  const effects: StateEffect<unknown>[] = [runEffect.of({ run, code })];
  if (view.state.field(shown, false) === undefined) {
    const isThere = room.get(view.state) !== undefined;
    const add = isThere
      ? room.reconfigure(parts)
      : StateEffect.appendConfig.of(room.of(parts));
    view.dispatch({ effects: add });
  }
  view.dispatch({ effects });
}

/** Show values at the lines of the code that ran; false if they are shown already. */
export function showLines(view: EditorView, lines: ReadonlyMap<number, ILine>): boolean {
  const before = view.state.field(shown, false)?.lines ?? NO_LINES;
  if (isSame(before, lines)) {
    return false;
  }
  view.dispatch({ effects: linesEffect.of(lines) });
  return true;
}

/** Take everything away. */
export function hide(view: EditorView): void {
  if (view.state.field(shown, false) !== undefined) {
    view.dispatch({ effects: room.reconfigure([]) });
  }
}

function isSame(
  before: ReadonlyMap<number, ILine>,
  now: ReadonlyMap<number, ILine>
): boolean {
  if (before.size !== now.size) {
    return false;
  }
  for (const [number, line] of now) {
    const other = before.get(number);
    if (!other || other.mark !== line.mark || keyOfLine(other) !== keyOfLine(line)) {
      return false;
    }
  }
  return true;
}
