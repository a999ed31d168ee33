/**
 * The rules of one kernel: those that were added here, which a new connection is asked for again,
 * and those of others; what each has done, and what its condition is now.
 */

import type { Client, IMethods } from '../protocol/client';
import type { EventParams, Rule, RuleState } from '../protocol/messages';

/** A rule that was added here. */
export interface IRule {
  condition: string;
  action: 'notify' | 'stop';
  /** The kernel's name for it; empty while the kernel does not know of it. */
  id: string;
  /** Whether it is switched on: the kernel knows nothing of one that is off. */
  isOn: boolean;
  /** Why the kernel does not have it although it is on; empty if it does, or was not asked. */
  error: string;
  /** What may not be meant, in the words of the kernel; as long as they are true. */
  notes: string[];
  /** What it has done; of one that is off, what it had done. */
  state: RuleState;
  /** What it had done before the kernel, which is still the same, was asked for it anew. */
  past: RuleState;
}

/** What the rules need of the model that has them. */
export interface IRulesHost {
  /** The time in milliseconds. */
  now(): number;
  request<M extends keyof IMethods>(
    method: M,
    params: IMethods[M][0]
  ): Promise<IMethods[M][1]>;
  /** Whether the kernel can be asked. */
  isConnected(): boolean;
  /** Called when there is something else to show. */
  changed(): void;
}

const ASK_AGAIN_MS = 2000;

/** The rules of one kernel. */
export class Rules {
  constructor(private readonly _host: IRulesHost) {}

  /** What was added here, oldest first. */
  own: IRule[] = [];

  /** Whether the kernel has to keep the connection, with which rules end. */
  get isNeeded(): boolean {
    return this.own.some(({ isOn }) => isOn);
  }

  /** The rules of other clients and of code, as far as they were asked for. */
  get others(): Rule[] {
    const own = new Set(this.own.map(({ id }) => id));
    return this._known.filter(({ id }) => !own.has(id));
  }

  /** What one of the others has done; undefined if that is not known. */
  stateOf(id: string): RuleState | undefined {
    return this._states.get(id);
  }

  /** Add a rule; rejects with what is wrong with it. */
  async add(condition: string, action: 'notify' | 'stop'): Promise<void> {
    const {
      rule,
      state = {},
      notes
    } = await this._host.request('rule.add', {
      condition,
      action
    });
    const added = { condition, action, id: rule.id, isOn: true, error: '' };
    this.own = [...this.own, { ...added, notes, state, past: {} }];
    this._host.changed();
  }

  /** Remove a rule. */
  async remove(rule: IRule): Promise<void> {
    this.own = this.own.filter(other => other !== rule);
    this._host.changed();
    await this._removeFromKernel(rule);
  }

  /** Switch a rule off, or on again; the kernel forgets one that is off. */
  async toggle(rule: IRule): Promise<void> {
    rule.isOn = !rule.isOn;
    rule.error = '';
    this._host.changed();
    if (rule.isOn) {
      rule.past = rule.state;
      await this._addToKernel(rule, this._host.request.bind(this._host));
    } else {
      await this._removeFromKernel(rule);
    }
    this._host.changed();
  }

  /** Ask a new connection for the rules that the last one had. */
  async restore(client: Client): Promise<void> {
    if (this._restoredTo === client) {
      return;
    }
    this._restoredTo = client;
    const isSameKernel = client.replica.epoch === this._epoch;
    this._epoch = client.replica.epoch;
    for (const rule of this.own) {
      rule.past = isSameKernel ? rule.state : {};
      rule.state = rule.past;
    }
    for (const rule of this.own.filter(({ isOn }) => isOn)) {
      await this._addToKernel(rule, client.request.bind(client));
    }
    this._host.changed();
  }

  /** Ask for the rules of everybody: nobody tells when another client adds one. */
  async load(): Promise<void> {
    const answer = await this._host.request('rule.list', {}).catch(() => null);
    this._askedAt = this._host.now();
    // An answer that was on its way may still have a rule that was removed meanwhile.
    this._known = (answer?.rules ?? []).filter(({ id }) => !this._removed.has(id));
    this._states = new Map(Object.entries(answer?.states ?? {}));
    for (const rule of this.own) {
      const state = this._states.get(rule.id);
      if (state) {
        const isAsNoted = state.reason === rule.state.reason;
        rule.notes = state.reason && isAsNoted ? rule.notes : [];
        rule.state = together(rule.past, state);
      }
    }
    this._host.changed();
  }

  /** Ask again when names have come that a rule waits for; seldom, since the kernel is busy. */
  async loadIfWaiting(): Promise<void> {
    const isWaiting =
      this.own.some(({ isOn, state }) => isOn && state.reason) ||
      [...this._states.values()].some(({ reason }) => reason);
    const isDue = this._host.now() - this._askedAt >= ASK_AGAIN_MS;
    if (isWaiting && isDue && this._host.isConnected()) {
      this._askedAt = this._host.now();
      await this.load();
    }
  }

  /** Note that a rule has fired. */
  noteFired(event: EventParams): void {
    const id = event.rule?.id;
    if (event.kind !== 'rule' || id === undefined) {
      return;
    }
    const fired = (before: RuleState): RuleState => ({
      times: (before.times ?? 0) + (event.times ?? 1),
      fired_at: this._host.now() / 1000,
      fired_by: event.origin,
      holds: true
    });
    const own = this.own.find(rule => rule.id === id);
    if (own) {
      own.state = fired(own.state);
      own.notes = [];
    } else {
      this._states.set(id, fired(this._states.get(id) ?? {}));
    }
    this._host.changed();
  }

  /** Forget what the kernel had: another process knows none of it. */
  forgetKernel(): void {
    this._known = [];
    this._states = new Map();
    this._removed.clear();
  }

  private async _addToKernel(rule: IRule, request: IRulesHost['request']): Promise<void> {
    const { condition, action } = rule;
    try {
      const added = await request('rule.add', { condition, action });
      if (!rule.isOn || !this.own.includes(rule)) {
        // It was switched off in the meantime.
        await request('rule.remove', { id: added.rule.id });
        return;
      }
      rule.id = added.rule.id;
      rule.state = together(rule.past, added.state ?? {});
      rule.notes = added.state?.reason ? added.notes : [];
      rule.error = '';
    } catch (error) {
      rule.id = '';
      rule.error = error instanceof Error ? error.message : String(error);
    }
  }

  private async _removeFromKernel(rule: IRule): Promise<void> {
    const { id } = rule;
    rule.id = '';
    this._removed.add(id);
    this._known = this._known.filter(other => other.id !== id); // or it passed for another's
    if (id && this._host.isConnected()) {
      await this._host.request('rule.remove', { id }).catch(() => undefined);
    }
  }

  private readonly _removed = new Set<string>();
  private _known: readonly Rule[] = [];
  private _states = new Map<string, RuleState>();
  private _epoch = '';
  private _restoredTo: Client | null = null;
  private _askedAt = 0;
}

/** Add what a rule did before to what it has done since; what it is now is what it is. */
function together(past: RuleState, now: RuleState): RuleState {
  const times = (past.times ?? 0) + (now.times ?? 0);
  const { fired_at, fired_by } = now.times ? now : past;
  return { ...now, times, fired_at, fired_by };
}
