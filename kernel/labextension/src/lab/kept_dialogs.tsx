/** JupyterLab's dialogs about kept states. */

import * as React from 'react';
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { KeptActions } from '../actions/kept';
import { formatBytes } from '../model/format';
import type { States } from '../model/states';
import { useSignal } from '../views/hooks';
import type { StateCell, StateName } from '../protocol/messages';

/** Let people choose what to restore, and ask before anything is replaced. */
export async function askRestore(
  states: States,
  kept: KeptActions,
  trans: TranslationBundle
): Promise<void> {
  const names = states.earlier?.names ?? [];
  if (names.length === 0) {
    await tell(
      trans.__('Nothing to Restore'),
      trans.__('No session of this notebook that has ended has kept anything.'),
      trans
    );
    return;
  }
  const body = new NamesBody(names, states, trans);
  const { button } = await showDialog({
    title: trans.__('Restore Kept Variables'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Restore') })
    ]
  });
  const chosen = [...body.chosen];
  if (!button.accept || chosen.length === 0) {
    return;
  }
  const replaced = chosen.filter(name => states.exists(name));
  if (replaced.length > 0 && !(await confirmReplace(replaced, trans))) {
    return;
  }
  await kept.restore(chosen, replaced.length > 0);
}

async function confirmReplace(
  names: string[],
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans._n('Replace %1 Variable?', 'Replace %1 Variables?', names.length),
    body: trans.__('There is one of this name already: %1.', names.join(', ')),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Replace') })
    ]
  });
  return button.accept;
}

/** Names that can be chosen, with what is known of each. */
class NamesBody extends ReactWidget {
  constructor(
    private readonly _names: readonly StateName[],
    private readonly _states: States,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('lv-KeptDialog');
    this.chosen = new Set(_states.missing);
  }

  readonly chosen: Set<string>;

  render(): JSX.Element {
    return (
      <>
        {this._names.map(name => (
          <label key={name.name} className="lv-KeptName">
            <input
              type="checkbox"
              defaultChecked={this.chosen.has(name.name)}
              disabled={name.outcome !== 'kept'}
              onChange={({ target }) =>
                target.checked
                  ? this.chosen.add(name.name)
                  : this.chosen.delete(name.name)
              }
            />
            <code>{name.name}</code>
            <span className="lv-Dim">{this._text(name)}</span>
          </label>
        ))}
      </>
    );
  }

  private _text({ name, outcome, reason, cell, nbytes }: StateName): string {
    const trans = this._trans;
    if (outcome !== 'kept') {
      return trans.__('not kept: %1', reason ?? '');
    }
    const when = cell ? trans.__('after In [%1]', cell) : '';
    const size = nbytes ? formatBytes(nbytes) : '';
    const exists = this._states.exists(name) ? trans.__('exists already') : '';
    return [when, size, exists].filter(Boolean).join(' · ');
  }
}

/** Show what cells changed, and go back and forth. */
export async function showStates(
  states: States,
  kept: KeptActions,
  trans: TranslationBundle
): Promise<void> {
  await states.load();
  await showDialog({
    title: trans.__('Kept States'),
    body: new CellsBody(states, kept, trans),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}

class CellsBody extends ReactWidget {
  constructor(
    private readonly _states: States,
    private readonly _kept: KeptActions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('lv-KeptDialog');
  }

  render(): JSX.Element {
    return <Cells states={this._states} kept={this._kept} trans={this._trans} />;
  }
}

function Cells(props: {
  states: States;
  kept: KeptActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { states, kept, trans } = props;
  const [done, setDone] = React.useState('');
  const [isBusy, setBusy] = React.useState(false);
  useSignal(states.changed);
  const go = async (cell: number, after: boolean) => {
    setBusy(true);
    setDone(await kept.back(cell, after));
    setBusy(false);
  };
  const cells = [...states.cells].reverse();
  return (
    <>
      <p>{stateText(states, trans)}</p>
      <p>
        {trans.__(
          'To go back changes variables only: files and what is outside of the kernel are not undone.'
        )}
      </p>
      <p role="status" className="lv-KeptDone">
        {done}
      </p>
      <ol className="lv-KeptCells">
        {cells.map(cell => (
          <CellItem
            key={cell.commit}
            cell={cell}
            trans={trans}
            canGo={states.isOn && !isBusy}
            onGo={go}
          />
        ))}
      </ol>
    </>
  );
}

function CellItem(props: {
  cell: StateCell;
  trans: TranslationBundle;
  canGo: boolean;
  onGo: (cell: number, after: boolean) => Promise<void>;
}): JSX.Element {
  const { cell, trans, canGo, onGo } = props;
  const kinds: Record<StateCell['kind'], string> = {
    cell: `In [${cell.cell ?? ' '}]`,
    during: trans.__('While In [%1] ran', cell.cell ?? ' '),
    between: trans.__('Between cells'),
    back: trans.__('Gone back'),
    restore: trans.__('Restored')
  };
  const parts: [string, string[]][] = [
    [trans.__('changed'), cell.changed ?? []],
    [trans.__('removed'), cell.removed ?? []],
    [trans.__('not kept'), cell.not_kept ?? []]
  ];
  const number = cell.kind === 'cell' ? cell.cell : null;
  return (
    <li>
      <div className="lv-KeptHead">
        <strong>{cell.tag || kinds[cell.kind]}</strong>
        <code>{cell.code}</code>
      </div>
      {parts
        .filter(([, names]) => names.length > 0)
        .map(([word, names]) => (
          <div key={word}>
            {word}: <code>{names.join(', ')}</code>
          </div>
        ))}
      {number !== null && number !== undefined ? (
        <div className="lv-Buttons">
          <button
            className="lv-Button"
            disabled={!canGo}
            onClick={() => void onGo(number, false)}
          >
            {trans.__('Back to before In [%1]', number)}
          </button>
          <button
            className="lv-Button"
            disabled={!canGo}
            onClick={() => void onGo(number, true)}
          >
            {trans.__('To after In [%1]', number)}
          </button>
        </div>
      ) : null}
    </li>
  );
}

function stateText(states: States, trans: TranslationBundle): string {
  const { known } = states;
  if (!states.isOn) {
    return trans.__('Nothing is kept now: “Keep Variables” is off.');
  }
  if (known?.failure) {
    return trans.__('Nothing is kept now: %1', known.failure);
  }
  const size = formatBytes(known?.nbytes ?? 0);
  return trans.__('Kept in %1 (%2).', known?.file ?? '', size);
}

/** Ask what to remove from the archive, and remove it. */
export async function askForget(
  states: States,
  kept: KeptActions,
  trans: TranslationBundle
): Promise<void> {
  const body = new ForgetBody(states.known?.file ?? '', trans);
  const { button } = await showDialog({
    title: trans.__('Forget Kept States?'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Forget') })
    ]
  });
  const names = body.names.split(/[\s,]+/).filter(Boolean);
  if (!button.accept) {
    return;
  }
  if (!body.isAll && names.length === 0) {
    await tell(
      trans.__('Nothing Is Forgotten'),
      trans.__('No variable was named.'),
      trans
    );
    return;
  }
  await kept.forget(body.isAll ? [] : names, body.isAll);
}

class ForgetBody extends ReactWidget {
  constructor(
    private readonly _file: string,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('lv-KeptDialog');
  }

  isAll = false;
  names = '';

  render(): JSX.Element {
    const trans = this._trans;
    return (
      <>
        <p>{trans.__('What is forgotten cannot be restored or gone back to.')}</p>
        <label className="lv-KeptName">
          <input
            type="radio"
            name="lv-forget"
            defaultChecked={true}
            onChange={() => (this.isAll = false)}
          />
          {trans.__('Variables of this notebook; * stands for any text:')}
        </label>
        <input
          className="jp-mod-styled"
          aria-label={trans.__('Variables to forget')}
          placeholder={trans.__('Such as: x, best_*')}
          onChange={({ target }) => (this.names = target.value)}
        />
        <label className="lv-KeptName">
          <input type="radio" name="lv-forget" onChange={() => (this.isAll = true)} />
          {trans.__(
            'Everything, also what other notebooks kept: the file %1 is removed, and keeping is switched off',
            this._file
          )}
        </label>
      </>
    );
  }
}

async function tell(
  title: string,
  body: string,
  trans: TranslationBundle
): Promise<void> {
  const buttons = [Dialog.okButton({ label: trans.__('Close') })];
  await showDialog({ title, body, buttons });
}
