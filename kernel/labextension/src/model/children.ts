/**
 * What is open below the variables: asked for page by page, and again when a variable changes.
 */

import type { Client } from '../protocol/client';
import type { Variable } from '../protocol/messages';
import { type IChange, isDifferent } from '../protocol/replica';
import { keyOf, type Path } from './format';

/** What is open below a value. */
export interface IChildren {
  path: Path;
  items: Variable[];
  total: number;
  isLoading: boolean;
  error: string;
}

/** What the open children need of the model that has them. */
export interface IChildrenHost {
  /** The time in milliseconds. */
  now(): number;
  /** Who is asked for children; null while nobody is connected. */
  client(): Client | null;
  /** Called when a child shows something new. */
  markFresh(key: string, at: number): void;
  /** Called when rows came or went. */
  changed(): void;
}

/** How many children come at a time. */
export const CHILDREN_PAGE = 100;

const REINSPECT_MS = 250;

/** What is open below values, by the keys of their paths. */
export class OpenChildren {
  constructor(private readonly _host: IChildrenHost) {}

  /** How many values are open. */
  get size(): number {
    return this._open.size;
  }

  /** What is open below a value. */
  get(key: string): IChildren | undefined {
    return this._open.get(key);
  }

  /** Whether a value is open. */
  isExpanded(key: string): boolean {
    return this._open.has(key);
  }

  /** Open a value, and ask for its first children. */
  expand(variable: Variable): void {
    const key = keyOf(variable.path);
    if (!variable.has_children || this._open.has(key)) {
      return;
    }
    const { path } = variable;
    this._open.set(key, { path, items: [], total: 0, isLoading: true, error: '' });
    this._host.changed();
    void this._inspect(key, 0, CHILDREN_PAGE);
  }

  /** The keys of what is open, and of what is to be. */
  get keys(): string[] {
    return [...this._open.keys(), ...this._wanted];
  }

  /** Open values as soon as they are known, by the keys of their paths. */
  openLater(keys: Iterable<string>): void {
    for (const key of keys) {
      if (!this._open.has(key)) {
        this._wanted.add(key);
      }
    }
  }

  /** Open what is to be open of the variables; what is not among them now will not be. */
  openWanted(variables: ReadonlyMap<string, Variable>): void {
    for (const key of [...this._wanted]) {
      const name = String((JSON.parse(key) as Path)[0]?.[1]);
      const variable = variables.get(name);
      if (!variable) {
        this._wanted.delete(key);
      } else if (keyOf(variable.path) === key) {
        this._wanted.delete(key);
        this.expand(variable);
      }
    }
  }

  /** Close a value, and what is open below it. */
  collapse(key: string): void {
    const stem = key.slice(0, -1);
    for (const below of [...this._open.keys()]) {
      if (below === key || below.startsWith(`${stem},`)) {
        this._open.delete(below);
      }
    }
    this._host.changed();
  }

  /** Ask for the next page of children. */
  loadMore(key: string): void {
    const open = this._open.get(key);
    if (open && !open.isLoading && open.items.length < open.total) {
      open.isLoading = true;
      this._host.changed();
      void this._inspect(key, open.items.length, CHILDREN_PAGE);
    }
  }

  /** Find a child; undefined if it is not open. */
  find(path: Path): Variable | undefined {
    const key = keyOf(path);
    const parent = this._open.get(keyOf(path.slice(0, -1)));
    return parent?.items.find(child => keyOf(child.path) === key);
  }

  /** Look again at what is open below the variables that changed. */
  reinspect(change: IChange): void {
    if (this._open.size === 0) {
      return;
    }
    const names = new Set(change.changed);
    for (const [key, open] of this._open) {
      if (change.isComplete || names.has(String(open.path[0]?.[1]))) {
        this._reinspectSoon(key);
      }
    }
  }

  /** At most one question at a time for each, and not more often than people read. */
  private _reinspectSoon(key: string): void {
    if (this._waiting.has(key)) {
      return;
    }
    const last = this._inspectedAt.get(key) ?? 0;
    const wait_ms = Math.max(0, last + REINSPECT_MS - this._host.now());
    this._waiting.add(key);
    setTimeout(() => {
      this._waiting.delete(key);
      const open = this._open.get(key);
      if (open) {
        void this._inspect(key, 0, Math.max(CHILDREN_PAGE, open.items.length));
      }
    }, wait_ms);
  }

  private async _inspect(key: string, start: number, limit: number): Promise<void> {
    const open = this._open.get(key);
    const client = this._host.client();
    if (!open || !client) {
      return;
    }
    if (this._asked.has(key) && !open.isLoading) {
      this._asked.set(key, true); // ask again when the answer is there
      return;
    }
    this._asked.set(key, false);
    this._inspectedAt.set(key, this._host.now());
    try {
      const params = { path: open.path, start, limit: Math.min(limit, 10_000) };
      const page = await client.request('inspect', params);
      this._fill(key, open, start, page.children, page.total);
    } catch (error) {
      open.error = error instanceof Error ? error.message : String(error);
      open.isLoading = false;
    }
    const isOld = this._asked.get(key) === true;
    this._asked.delete(key);
    if (this._open.get(key) === open) {
      this._host.changed();
      if (isOld) {
        this._reinspectSoon(key);
      }
    }
  }

  private _fill(
    key: string,
    open: IChildren,
    start: number,
    page: Variable[],
    total: number
  ): void {
    const isFirst = open.isLoading && start === 0;
    const before = new Map(open.items.map(child => [keyOf(child.path), child]));
    open.items = [...open.items.slice(0, start), ...page];
    open.total = total;
    open.isLoading = false;
    open.error = '';
    for (const child of page) {
      if (this._wanted.delete(keyOf(child.path))) {
        this.expand(child);
      }
    }
    if (!isFirst && start === 0) {
      const now = this._host.now();
      for (const child of page) {
        const childKey = keyOf(child.path);
        if (isDifferent(before.get(childKey), child)) {
          this._host.markFresh(childKey, now);
        }
      }
      this._closeGone(key, open);
    }
  }

  /** Close what was open below children that are no longer there. */
  private _closeGone(key: string, open: IChildren): void {
    const there = new Set(open.items.filter(c => c.has_children).map(c => keyOf(c.path)));
    for (const [below, { path }] of this._open) {
      const isChild =
        path.length === open.path.length + 1 && below.startsWith(`${key.slice(0, -1)},`);
      if (isChild && !there.has(below)) {
        this.collapse(below);
      }
    }
  }

  private readonly _open = new Map<string, IChildren>();
  private readonly _wanted = new Set<string>();
  private readonly _inspectedAt = new Map<string, number>();
  private readonly _waiting = new Set<string>();
  /** The keys whose children are being asked for, and whether they changed meanwhile. */
  private readonly _asked = new Map<string, boolean>();
}
