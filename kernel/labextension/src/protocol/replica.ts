/**
 * The panel's copy of the variables, kept by replaying the kernel's messages.
 *
 * It knows no connection and no clock. Two numbers keep it right: `epoch` names the kernel process,
 * `seq` counts the messages within a comm. A number that is missing means that messages were lost,
 * and nothing that follows may be trusted until a whole refresh has come.
 */

import type { KernelMessage, RefreshParams, UpdateParams, Variable } from './messages';

/** What one message changed in the replica. */
export interface IChange {
  /** The names that are new or not what they were. */
  changed: string[];
  /** The names that are gone. */
  removed: string[];
  /** Whether this is the whole state, after a refresh. */
  isComplete: boolean;
  /** The updates that are in it, for what is not a variable: points, frames, the cell. */
  updates: UpdateParams[];
}

/** What came after kernels said what they can do. */
const CAME_LATER = /^(state\.|sharing|statistics|table\.|undo|memory)/;

/** A copy of the variables of one subscription. */
export class Replica {
  /** The variables by name. A refresh puts a new map in place. */
  variables: ReadonlyMap<string, Variable> = new Map();
  /** The kernel process that they come from; empty before the first message. */
  epoch = '';
  /** The number of the last message. */
  seq = 0;
  /** How the kernel is watched: `lite` is a stock kernel that loaded livens. */
  mode: 'full' | 'lite' = 'full';
  /** What the kernel can do; null of an older one, which does not say. */
  capabilities: Readonly<Record<string, number>> | null = null;
  /** Whether messages were lost; true until the first part of a refresh comes. */
  needsRefresh = false;

  /**
   * Whether the kernel has a method or a feature. One that says nothing has all that was there
   * before kernels said it, which is revision 1.
   */
  offers(name: string, revision = 1): boolean {
    return this.capabilities === null
      ? revision === 1 && !CAME_LATER.test(name)
      : (this.capabilities[name] ?? 0) >= revision;
  }

  /** Start anew with the next refresh, whatever its numbers; until then the copy stays. */
  reset(): void {
    this.epoch = '';
    this.seq = 0;
    this.needsRefresh = false;
    this._dropParts();
  }

  /**
   * Replay one message.
   *
   * @returns what it changed; null for what changed nothing, was lost, or is not for us: a client
   * ignores what it does not know.
   */
  apply(message: KernelMessage): IChange | null {
    if (!('method' in message)) {
      return null;
    }
    switch (message.method) {
      case 'refresh':
        return this._refresh(message.params);
      case 'update':
        return this._update(message.params);
      case 'event':
        this._advance(message.params);
        return null;
      default:
        return null;
    }
  }

  /** Whether this is the very next message; a gap is noted. */
  private _advance({ epoch, seq }: { epoch: string; seq: number }): boolean {
    if (epoch === this.epoch && seq <= this.seq) {
      return false;
    }
    if (epoch !== this.epoch || seq !== this.seq + 1) {
      this._noteGap();
      return false;
    }
    this.seq = seq;
    return !this.needsRefresh;
  }

  private _noteGap(): void {
    this.needsRefresh = true;
    this._dropParts();
  }

  private _dropParts(): void {
    this._parts = null;
    this._heldUpdates = [];
  }

  private _update(params: UpdateParams): IChange | null {
    if (!this._advance(params)) {
      return null;
    }
    if (this._parts) {
      this._heldUpdates.push(params);
      return null;
    }
    const variables = this.variables as Map<string, Variable>;
    const { changed = [], removed = [] } = params;
    const news = changed.filter(now => isDifferent(variables.get(now.name), now));
    for (const variable of changed) {
      variables.set(variable.name, variable);
    }
    for (const name of removed) {
      variables.delete(name);
    }
    return {
      changed: news.map(variable => variable.name),
      removed,
      isComplete: false,
      updates: [params]
    };
  }

  private _refresh(params: RefreshParams): IChange | null {
    if (params.start === 0) {
      if (params.epoch === this.epoch && params.seq <= this.seq) {
        return null;
      }
      this.epoch = params.epoch;
      this.seq = params.seq;
      this.mode = params.mode ?? 'full';
      this.capabilities = capabilitiesOf(params);
      this.needsRefresh = false;
      this._parts = [];
      this._heldUpdates = [];
    } else if (!this._advance(params)) {
      return null;
    }
    if (!this._parts || params.start !== this._parts.length) {
      this._noteGap();
      return null;
    }
    this._parts.push(...params.variables);
    return this._parts.length >= params.length ? this._complete(this._parts) : null;
  }

  /** Put the new state in the place of the old one. */
  private _complete(parts: Variable[]): IChange {
    const before = this.variables;
    const updates = this._heldUpdates;
    this._dropParts();
    const variables = new Map(parts.map(variable => [variable.name, variable]));
    updates.forEach(update => merge(variables, update));
    this.variables = variables;
    return {
      changed: [...variables.values()]
        .filter(variable => isDifferent(before.get(variable.name), variable))
        .map(variable => variable.name),
      removed: [...before.keys()].filter(name => !variables.has(name)),
      isComplete: true,
      updates
    };
  }

  private _parts: Variable[] | null = null;
  private _heldUpdates: UpdateParams[] = [];
}

/**
 * Apply an update that came between two parts of a refresh. A later part may describe a value that
 * is newer than the one in the update: the version says which.
 */
function merge(variables: Map<string, Variable>, update: UpdateParams): void {
  for (const variable of update.changed ?? []) {
    const known = variables.get(variable.name);
    if (!known || (known.version ?? 0) <= (variable.version ?? 0)) {
      variables.set(variable.name, variable);
    }
  }
  for (const name of update.removed ?? []) {
    variables.delete(name);
  }
}

function capabilitiesOf({ capabilities = {} }: RefreshParams): Replica['capabilities'] {
  return Object.keys(capabilities).length > 0 ? capabilities : null;
}

/**
 * Whether a variable is not what it was.
 *
 * A variable may be told of although it is the same: when it turned out, after it could not be
 * compared at first, that it did not change. A kernel that has forgotten its versions says 0 until
 * it sees a change, and then only what is shown can be compared.
 */
export function isDifferent(before: Variable | undefined, now: Variable): boolean {
  return (
    before === undefined ||
    before.preview !== now.preview ||
    (!!now.version && before.version !== now.version) ||
    before.type !== now.type ||
    before.kind !== now.kind ||
    before.length !== now.length ||
    before.nbytes !== now.nbytes ||
    before.has_children !== now.has_children
  );
}
