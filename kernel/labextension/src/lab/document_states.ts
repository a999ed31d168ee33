/**
 * Keeps how the list of each notebook looks over a reload of the page: what is open, pinned, closed and
 * selected in it, its order and its groups. A notebook that has nothing kept begins as the last one
 * looked. Consoles have no place that they come back to.
 */

import type { IStateDB } from '@jupyterlab/statedb';
import type { VariablesModel } from '../model/model';
import type { ViewOptions } from '../model/options';
import type { GroupKey, SortKey } from '../model/rows';
import type { IDocument, IDocuments } from '../tokens';

const KEY = 'livens:notebook';
const SAVE_MS = 1000;

/** What is kept of a notebook. */
interface ISaved {
  pins: string[];
  closed: string[];
  open: string[];
  selected: string;
  scrollTop: number;
  sort: SortKey;
  isDescending: boolean;
  group: GroupKey;
}

/** The looks of the notebooks. */
export class DocumentStates {
  constructor(
    private readonly _state: IStateDB,
    private readonly _documents: IDocuments,
    private readonly _options: ViewOptions
  ) {
    _documents.currentChanged.connect(this._follow, this);
    _options.changed.connect(this._saveSoon, this);
    void this._follow();
  }

  private async _follow(): Promise<void> {
    const document = this._documents.current;
    this._save(); // of the one before
    this._followed?.watch.model.changed.disconnect(this._saveSoon, this);
    this._followed = null;
    if (document?.watch.context.type !== 'notebook') {
      return;
    }
    const saved = this._known.get(document) ?? (await this._fetch(document));
    if (this._documents.current !== document || document.watch.isDisposed) {
      return;
    }
    if (saved) {
      const { sort, isDescending, group } = { ...this._options.value, ...saved };
      this._options.update({ sort, isDescending, group });
      if (!this._known.has(document)) {
        show(document.watch.model, saved);
      }
    }
    this._known.set(document, this._look(document.watch.model));
    this._followed = document;
    document.watch.model.changed.connect(this._saveSoon, this);
  }

  private async _fetch({ watch }: IDocument): Promise<Partial<ISaved> | null> {
    const saved = await this._state.fetch(keyOf(watch.context.path)).catch(() => null);
    const isRecord = typeof saved === 'object' && saved !== null && !Array.isArray(saved);
    return isRecord ? (saved as unknown as Partial<ISaved>) : null;
  }

  /** Save at most once a second: a model changes more often, and mostly what is not kept. */
  private _saveSoon(): void {
    if (this._timer === 0 && this._followed) {
      this._timer = window.setTimeout(() => {
        this._timer = 0;
        this._save();
      }, SAVE_MS);
    }
  }

  private _save(): void {
    const document = this._followed;
    if (!document || document.watch.isDisposed) {
      return;
    }
    const look = this._look(document.watch.model);
    const before = this._known.get(document);
    if (JSON.stringify(look) !== JSON.stringify(before)) {
      this._known.set(document, look);
      const key = keyOf(document.watch.context.path);
      this._state.save(key, look as never).catch(() => undefined); // nothing depends on it
    }
  }

  private _look(model: VariablesModel): ISaved {
    const { sort, isDescending, group } = this._options.value;
    return {
      pins: [...model.pins],
      closed: [...model.closedGroups],
      open: model.children.keys,
      selected: model.selected,
      scrollTop: model.scrollTop,
      sort,
      isDescending,
      group
    };
  }

  private _timer = 0;
  private _followed: IDocument | null = null;
  private readonly _known = new WeakMap<IDocument, ISaved>();
}

function keyOf(path: string): string {
  return `${KEY}:${path}`;
}

/** Have a list look as it did. */
function show(model: VariablesModel, saved: Partial<ISaved>): void {
  saved.pins?.forEach(name => model.pins.add(name));
  saved.closed?.forEach(key => model.closedGroups.add(key));
  model.children.openLater(saved.open ?? []);
  if (model.variables.size > 0) {
    model.children.openWanted(model.variables);
  }
  model.scrollTop = saved.scrollTop ?? 0;
  model.select(saved.selected ?? '');
}
