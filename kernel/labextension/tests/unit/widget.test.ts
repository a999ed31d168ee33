import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WidgetActions } from '../../src/widget/actions';
import { type IHostModel, WidgetChannel } from '../../src/widget/channel';
import { Commands } from '../../src/widget/commands';
import { brightnessOf } from '../../src/widget/theme';
import { untranslated } from '../../src/widget/translation';
import { WAITS_MS, WidgetWatch } from '../../src/widget/watch';
import { refresh, update, variable } from './messages';

interface ISent {
  method: string;
  params: Record<string, unknown>;
  id?: string;
}

/** A widget's model, as anywidget hands it to a page. */
class FakeHost implements IHostModel {
  readonly sent: ISent[] = [];

  get(): unknown {
    return undefined;
  }

  send(content: object): void {
    this.sent.push(content as ISent);
  }

  on(event: string, callback: (content: never) => void): void {
    this._callbacks.push([event, callback]);
  }

  off(event: string, callback: (content: never) => void): void {
    this._callbacks = this._callbacks.filter(
      ([known, other]) => known !== event || other !== callback
    );
  }

  /** Let the kernel say something to all pages. */
  say(...contents: unknown[]): void {
    contents.forEach(content => this.trigger('msg:custom', content));
  }

  trigger(event: string, content?: unknown): void {
    this._callbacks
      .filter(([known]) => known === event)
      .forEach(([, callback]) => callback(content as never));
  }

  get listeners(): number {
    return this._callbacks.length;
  }

  private _callbacks: [string, (content: never) => void][] = [];
}

const VIEW = {};

const tick = () => new Promise(resolve => setImmediate(resolve));

test('a page names itself, and the model is live with the first state', () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  assert.deepEqual(host.sent, [{ method: 'widget.open', params: { viewer: 'page' } }]);
  assert.equal(watch.model.phase, 'connecting');
  host.say(refresh({ variables: [variable('a')], mode: 'lite' }));
  assert.equal(watch.model.phase, 'live');
  assert.equal(watch.model.mode, 'lite');
  host.say(update({ changed: [variable('a', { preview: '2' })] }));
  assert.equal(watch.model.variables.get('a')?.preview, '2');
  watch.dispose();
});

test('two pages on one comm take only their own answers', async () => {
  const host = new FakeHost();
  const one = new WidgetWatch(host, 'one');
  const two = new WidgetWatch(host, 'two');
  [one, two].forEach(watch => watch.setShown(VIEW, true));
  host.say(refresh({ variables: [] }));
  const answers: unknown[] = [];
  const ask = (watch: WidgetWatch) =>
    watch.model
      .request('rule.list', {})
      .then(rules => answers.push([watch, rules]))
      .catch(() => undefined);
  ask(one);
  ask(two);
  assert.deepEqual(
    host.sent.slice(2).map(({ id }) => id),
    ['one:1', 'two:1']
  );
  host.say({ id: 'two:1', result: { rules: [] } });
  await tick();
  assert.deepEqual(answers, [[two, { rules: [] }]]);
  one.dispose();
  two.dispose();
});

test('two pages are told of their own progress, and cancel their own requests', async () => {
  const host = new FakeHost();
  const [one, two] = ['one', 'two'].map(viewer => new WidgetWatch(host, viewer));
  [one!, two!].forEach(watch => watch.setShown(VIEW, true));
  host.say(refresh({ variables: [] }));
  const told: string[] = [];
  const abort = new AbortController();
  const ask = (watch: WidgetWatch, name: string) =>
    watch.model.request(
      'table',
      { path: [['name', 'df']], progress: true },
      {
        onProgress: ({ done }) => void told.push(`${name} ${done}`),
        signal: abort.signal
      }
    );
  const asking = [ask(one!, 'one'), ask(two!, 'two')];
  const [first, second] = host.sent.slice(-2).map(({ id }) => id);
  host.say(
    { method: 'progress', params: { id: second, doing: 'sorting', done: 0.25 } },
    { method: 'progress', params: { id: first, doing: 'sorting', done: 0.5 } }
  );
  assert.deepEqual(told, ['two 0.25', 'one 0.5']);
  abort.abort();
  await Promise.all(asking.map(one => assert.rejects(one, /cancelled/)));
  assert.deepEqual(host.sent.slice(-2), [
    { method: 'cancel', params: { id: first } },
    { method: 'cancel', params: { id: second } }
  ]);
  assert.equal(one!.isWaiting, false);
  [one!, two!].forEach(watch => watch.dispose());
});

test('an answer that is due for long is said to wait, until it is there', async () => {
  let now = 0;
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page', () => now);
  watch.setShown(VIEW, true);
  now = WAITS_MS;
  assert.equal(watch.isWaiting, true); // for the first state
  host.say(refresh({ variables: [] }));
  assert.equal(watch.isWaiting, false);
  const asked = watch.model.request('rule.list', {});
  now += WAITS_MS - 1;
  assert.equal(watch.isWaiting, false);
  now += 1;
  assert.equal(watch.isWaiting, true);
  host.say({ id: 'page:1', result: { rules: [] } });
  await asked;
  assert.equal(watch.isWaiting, false);
  watch.dispose();
});

test('what is open is asked for once, however often it changes meanwhile', async () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  const tree = variable('tree', { kind: 'mapping', has_children: true });
  host.say(refresh({ variables: [tree] }));
  watch.model.children.expand(tree);
  const questions = () => host.sent.filter(({ method }) => method === 'inspect');
  const answer = (id: string, preview: string) => {
    const child = variable("'a'", { path: [...tree.path, ['key', 'str', 'a']], preview });
    host.say({ id, result: { variable: tree, children: [child], start: 0, total: 1 } });
  };
  assert.equal(questions().length, 1);
  answer(questions()[0]!.id!, '1');
  await tick();
  for (let seq = 2; seq < 8; seq++) {
    host.say(update({ seq, changed: [{ ...tree, version: seq }] }));
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  assert.equal(questions().length, 2); // the kernel computes, and has not answered
  answer(questions()[1]!.id!, '2');
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.equal(questions().length, 3); // it changed after the question
  answer(questions()[2]!.id!, '3');
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.equal(questions().length, 3);
  assert.equal(watch.model.find([...tree.path, ['key', 'str', 'a']])?.preview, '3');
  watch.dispose();
});

test('the end of a cell is taken in, also where nothing changed at it', () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  host.say(refresh({ variables: [] }));
  const cell = { msg_id: 'm', execution_count: 3, running: true };
  host.say(update({ changed: [variable('a')], cell }));
  assert.equal(watch.model.cell?.execution_count, 3);
  host.say({ method: 'widget.idle' });
  assert.equal(watch.model.cell, null);
  watch.dispose();
});

test('without a view the kernel is told goodbye, except for the sake of rules', async () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  host.say(refresh({ variables: [variable('a')] }));
  const added = watch.model.rules.add('a > 1', 'notify');
  const rule = { id: 'r1', condition: 'a > 1', action: 'notify' };
  host.say({ id: 'page:1', result: { rule, notes: [] } });
  await added;
  watch.setShown(VIEW, false);
  assert.equal(host.sent[host.sent.length - 1]!.method, 'rule.add');
  watch.dispose();
});

test('a view that comes back begins anew with the kernel, and keeps what was known', () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  host.say(refresh({ seq: 9, variables: [variable('a')] }));
  watch.setShown(VIEW, false);
  assert.equal(host.listeners, 0);
  assert.deepEqual(host.sent[1], { method: 'widget.close', params: { viewer: 'page' } });
  watch.setShown(VIEW, true);
  assert.equal(watch.model.variables.size, 1);
  host.say(refresh({ seq: 1, variables: [variable('a'), variable('b')] }));
  assert.equal(watch.model.variables.size, 2);
  assert.equal(watch.model.phase, 'live');
  watch.dispose();
});

test('when the comm is gone nothing is sent any more', () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  host.say(refresh({ variables: [variable('a')] }));
  host.trigger('comm_live_update');
  assert.equal(watch.isOver, true);
  assert.equal(watch.model.variables.size, 1);
  watch.setShown({}, true);
  watch.dispose();
  assert.equal(host.sent.length, 1);
  assert.equal(host.listeners, 0);
});

test('the second part of the program is asked for once, and waited for', async () => {
  let now = 0;
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page', () => now);
  await assert.rejects(watch.program(), /no kernel/);
  watch.setShown(VIEW, true);
  host.say(refresh({ variables: [] }));
  const asked = [watch.program(), watch.program()];
  assert.deepEqual(host.sent[1], {
    method: 'widget.program',
    params: { viewer: 'page' }
  });
  assert.equal(host.sent.length, 2);
  now = WAITS_MS;
  assert.equal(watch.isWaiting, true);
  host.say({ method: 'widget.program', params: { text: 'export default 1' } });
  assert.deepEqual(await Promise.all(asked), ['export default 1', 'export default 1']);
  assert.equal(watch.isWaiting, false);
  watch.dispose();
});

test('what a page cannot read is no message', () => {
  const host = new FakeHost();
  const channel = new WidgetChannel(host, 'page');
  const told: unknown[] = [];
  channel.received.connect((_, message) => void told.push(message));
  host.say(null, 'text', 3, [], {}, { id: 4, result: {} }, { id: 'other:1', result: {} });
  assert.deepEqual(told, []);
  channel.dispose();
});

test('what cannot be brought back is deleted after a question', async () => {
  const host = new FakeHost();
  const watch = new WidgetWatch(host, 'page');
  watch.setShown(VIEW, true);
  const data = variable('data', { kind: 'array', type: 'ndarray' });
  host.say(refresh({ variables: [data] }));
  const actions = new WidgetActions(watch.model, untranslated);
  void actions.remove('data');
  assert.match(actions.notes[0]!.text, /^Delete data\? .*ndarray/);
  actions.dismiss(actions.notes[0]!);
  await tick();
  assert.equal(host.sent.length, 1);
  void actions.remove('data');
  actions.notes[0]!.action!.run();
  actions.dismiss(actions.notes[0]!);
  await tick();
  assert.deepEqual(host.sent[1]!.params, { names: ['data'], when_busy: 'refuse' });
  watch.dispose();
});

test('commands run where they can be run', () => {
  const commands = new Commands();
  const run: unknown[] = [];
  let isEnabled = false;
  commands.addCommand('a', {
    label: args => `do ${String(args.kind ?? 'it')}`,
    isEnabled: () => isEnabled,
    execute: args => void run.push(args)
  });
  commands.run('a');
  isEnabled = true;
  commands.run('a', { kind: 'k' });
  commands.run('unknown');
  assert.deepEqual(run, [{ kind: 'k' }]);
  assert.equal(commands.labelOf('a'), 'do it');
  assert.equal(commands.isToggled('a'), undefined);
});

test('texts have their values, and colours their brightness', () => {
  assert.equal(untranslated.__('%2 of %1', 'b', 'a'), 'a of b');
  assert.equal(untranslated._n('%1 point', '%1 points', 1), '1 point');
  assert.equal(untranslated._n('%1 point', '%1 points', 2), '2 points');
  assert.equal(brightnessOf('rgb(255, 255, 255)'), 1);
  assert.equal(brightnessOf('rgba(0, 0, 0, 0)'), null);
  assert.ok(brightnessOf('rgb(30, 30, 30)')! < 0.2);
});
