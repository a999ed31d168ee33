/** One session as the page has it: its line, what was run in it, its inputs and variables. No DOM. */

import { type ISignal, Signal } from '@lumino/signaling';
import type { ITabs } from '../widget/tabs';
import { Inputs } from './inputs';
import { SessionLine, type ILineOptions, type IMessage, type LineState } from './socket';
import { fromCharacters, toCharacters } from './text';
import { Transcript } from './transcript';
import { SessionWatch } from './watch';

/** So many earlier inputs are asked for. */
const MOST_INPUTS = 500;

interface IExecuted {
  execution: string;
  returnCode: number;
  error: string | null;
}

interface ICompletions {
  matches: string[];
  start: number;
  end: number;
}

/** What stands between two places of the code could be replaced by one of these. */
export interface ICompletion {
  from: number;
  to: number;
  matches: string[];
}

/** A session. */
export class Session {
  constructor(
    readonly id: string,
    /** By what name the others know who writes here. */
    readonly me: string,
    options: ILineOptions,
    importTabs: () => Promise<ITabs>
  ) {
    this.line = new SessionLine(options);
    this.watch = new SessionWatch(this.line, importTabs);
    this.line.received.connect(this._onMessage, this);
    this.line.stateChanged.connect(this._onState, this);
  }

  readonly line: SessionLine;
  readonly watch: SessionWatch;
  readonly transcript = new Transcript();
  readonly inputs = new Inputs();

  /** What the kernel was last asked for in vain; empty if nothing. */
  get trouble(): string {
    return this._trouble;
  }

  get troubled(): ISignal<this, string> {
    return this._troubled;
  }

  /** Run code; what comes of it is in the transcript. */
  async run(code: string): Promise<void> {
    this.inputs.add(code);
    const key = this.transcript.send(this.me, code);
    try {
      const { execution, error } = await this.line.request<IExecuted>('execute', {
        code
      });
      this.transcript.answer(key, execution, error);
    } catch (error) {
      this.transcript.fail(key, messageOf(error));
    }
  }

  /** Interrupt the code that runs. */
  async interrupt(): Promise<void> {
    try {
      await this.line.request('interrupt');
      this._setTrouble('');
    } catch (error) {
      this._setTrouble(`Not interrupted: ${messageOf(error)}`);
    }
  }

  /**
   * What could stand at a place of the code; null where the kernel does not say. While code runs
   * the answer waits for its end. So only who asked for it gets one, and is told that it waits.
   */
  async complete(
    code: string,
    at: number,
    isAsked: boolean
  ): Promise<ICompletion | null> {
    if (this.transcript.isRunning) {
      if (!isAsked) {
        return null;
      }
      this._setTrouble('The completion waits until the code that runs has ended.');
    }
    try {
      const cursor = toCharacters(code, at);
      const { matches, start, end } = await this.line.request<ICompletions>(
        'completions',
        {
          code,
          cursor
        }
      );
      return {
        from: fromCharacters(code, start),
        to: fromCharacters(code, end),
        matches
      };
    } catch {
      return null;
    }
  }

  /** Leave the session, which goes on. */
  dispose(): void {
    this.line.close();
    this.watch.dispose();
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: IMessage): void {
    this.transcript.receive(message);
    if (message.method === 'complete') {
      this.watch.model.endCell();
      this._setTrouble('');
      void this._loadInputs();
    }
  }

  private _onState(_: unknown, state: LineState): void {
    if (state === 'open') {
      void this._catchUp();
    } else if (state === 'lost') {
      this.transcript.suspend();
    } else if (state === 'ended') {
      this.transcript.end();
    }
  }

  /** The answer comes after all that is told again, so it says that this is over. */
  private async _catchUp(): Promise<void> {
    const { opened } = this.line;
    await this.line.request('rule.list').catch(() => undefined);
    if (opened === this.line.opened && this.line.state === 'open') {
      this.transcript.resume();
      void this._loadInputs();
    }
  }

  /** Learn what was entered before, once; the kernel tells it when no code runs. */
  private async _loadInputs(): Promise<void> {
    if (this._hasInputs || this.transcript.isRunning) {
      return;
    }
    this._hasInputs = true;
    try {
      const { inputs } = await this.line.request<{ inputs: string[] }>('history', {
        limit: MOST_INPUTS
      });
      const own = this.inputs.all.filter(code => !inputs.includes(code));
      this.inputs.load([...inputs, ...own]);
    } catch {
      this._hasInputs = false; // the line was lost, or the kernel is busy: at the next end of code
    }
  }

  private _setTrouble(text: string): void {
    if (text !== this._trouble) {
      this._trouble = text;
      this._troubled.emit(text);
    }
  }

  private _hasInputs = false;
  private _trouble = '';
  private readonly _troubled = new Signal<this, string>(this);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
