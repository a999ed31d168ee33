import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandRegistry } from '@lumino/commands';
import {
  addRowCommands,
  CommandIDs,
  type ICommandTable
} from '../../src/actions/commands';
import { RowActions } from '../../src/actions/row';
import { VariablesModel } from '../../src/model/model';
import { untranslated } from '../../src/widget/translation';
import { connect, refresh, variable } from './messages';

/** What can be done, with what was copied. */
class Actions extends RowActions {
  readonly copied: string[] = [];

  constructor(readonly model: VariablesModel) {
    super(untranslated);
  }

  protected _note(): () => void {
    return () => undefined;
  }

  protected _copy(text: string): void {
    this.copied.push(text);
  }

  protected async _confirmDelete(): Promise<boolean> {
    return true;
  }
}

/** Which commands there are for a selected number, in a kernel that can do so much. */
function commandsOf(capabilities: Record<string, number>): {
  enabled: string[];
  actions: Actions;
} {
  const { client, channel } = connect();
  const model = new VariablesModel();
  model.attach(client);
  model.phase = 'live';
  channel.say(refresh({ variables: [variable('x')], capabilities }));
  model.select(JSON.stringify([['name', 'x']]));
  const actions = new Actions(model);
  const found = new Map<string, CommandRegistry.ICommandOptions>();
  const commands: ICommandTable = { addCommand: (id, options) => found.set(id, options) };
  const opener = {
    table: async () => undefined,
    plot: async () => undefined,
    value: async () => undefined
  };
  addRowCommands({
    commands,
    actions,
    trans: untranslated,
    edit: () => undefined,
    opener
  });
  const enabled = [...found].filter(([, { isEnabled }]) => isEnabled?.({}) ?? true);
  return { enabled: enabled.map(([id]) => id), actions };
}

const ASKED = [
  CommandIDs.edit,
  CommandIDs.rename,
  CommandIDs.remove,
  CommandIDs.showPlot,
  CommandIDs.showValue
];

test('commands are there for what the kernel says that it can do', () => {
  const { enabled } = commandsOf({ list: 1, set: 1, history: 1 });
  assert.deepEqual(
    ASKED.filter(id => enabled.includes(id)),
    [CommandIDs.edit, CommandIDs.showPlot]
  );
  assert.ok(enabled.includes(CommandIDs.copyName));
});

test('all of them are there in a kernel that is older than capabilities', () => {
  const { enabled } = commandsOf({});
  assert.deepEqual(
    ASKED.filter(id => enabled.includes(id)),
    ASKED
  );
});

test('the preview is copied where a value cannot be asked for its own text', async () => {
  const { actions } = commandsOf({ list: 1 });
  await actions.copyValue(actions.selected!);
  assert.deepEqual(actions.copied, ['1']);
});
