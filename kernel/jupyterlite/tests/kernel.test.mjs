// `%load_ext livens` in JupyterLite's kernel, without a page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Kernel } from './kernel.mjs';

/** Defines `goes_on`: for two seconds; on a machine that has no time, until enough is told. */
const GOES_ON =
  'import asyncio, time\nsubscribers = get_ipython().watcher._publisher.subscribers\n' +
  'def goes_on(began, told):\n    took = time.perf_counter() - began\n' +
  '    return took < 2 or (took < 60 and subscribers[0].seq < told)';

// Pyodide keeps Node alive.
after(() => setTimeout(() => process.exit(), 500).unref());

describe('a kernel that loads livens at its start', () => {
  let kernel;

  before(async () => {
    kernel = await Kernel.start();
    assert.deepEqual(kernel.sent, []);
    await kernel.run('x = 1');
    kernel.open();
    await kernel.run(GOES_ON);
  });

  test('tells the state at once, and that it is lite', () => {
    const [refresh] = kernel.told;
    assert.equal(refresh.method, 'refresh');
    assert.equal(refresh.params.mode, 'lite');
    assert.deepEqual(kernel.seen('x'), ['1']);
  });

  test('tells a loop that awaits, as the doing of its cell, and that the cell has ended', async () => {
    const { id } = await kernel.run(
      'began, told, step = time.perf_counter(), subscribers[0].seq + 32, 0\n' +
        'while goes_on(began, told):\n    step += 1\n    await asyncio.sleep(0.05)',
      { cellId: 'mine' }
    );
    const seen = kernel.seen('step');
    assert.ok(seen.length >= 30, `${seen}`);
    assert.equal(Number(seen.at(-1)), kernel.read('step'));
    assert.equal(kernel.sent.at(-1).parent, id);
    assert.equal(kernel.read('len(get_ipython().watcher.cells.active)'), 0);
    const { changed_by } = kernel.variable('step');
    assert.deepEqual(changed_by, { execution_count: 3, cell_id: 'mine', line: 3 });
    await kernel.run('kept = []');
    await kernel.run('await asyncio.sleep(0)\nkept.append(5)');
    const { params } = kernel.told.findLast(message => message.method === 'update');
    assert.equal(params.cell.running, false);
    assert.equal(params.changed.at(-1).preview, '[5]');
  });

  test('tells a loop that computes', async () => {
    await kernel.run(
      'began, told, turn = time.perf_counter(), subscribers[0].seq + 10, 0\n' +
        'while goes_on(began, told):\n    turn += 1'
    );
    const seen = kernel.seen('turn').map(Number);
    assert.ok(seen.length >= 8, `${seen}`);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b)
    );
    assert.equal(seen.at(-1), kernel.read('turn'));
  });

  test('tells stores by global, changes in place, and what is gone', async () => {
    await kernel.run(
      'def f():\n    global g\n    g = 7\nL = [1]\ngone = 1\nclass Oven: pass\noven = Oven()'
    );
    await kernel.run('f(); L.append(5); oven.heat = 3\ndel gone');
    assert.deepEqual(
      ['g', 'L'].map(name => kernel.variable(name).preview),
      ['7', '[1, 5]']
    );
    assert.ok(kernel.told.some(({ params }) => params?.removed?.includes('gone')));
    const { children } = await kernel.ask('inspect', { path: [['name', 'oven']] });
    assert.deepEqual(
      children.map(child => [child.name, child.preview]),
      [['heat', '3']]
    );
  });

  test('tells statements while the cell goes on with functions that take long', async () => {
    await kernel.run(
      'def work():\n    end = time.perf_counter() + 0.15\n' +
        '    while time.perf_counter() < end: pass'
    );
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    await kernel.run(numbers.map(n => `stage = ${n}; work()`).join('\n'));
    const seen = kernel.seen('stage');
    assert.ok(seen.length >= 3, `${seen}`); // all of them, if the machine has time
    assert.equal(seen.at(-1), '8');
  });

  test('what a client sets is there in the next cell', async () => {
    await kernel.run('lr = 0.1');
    await kernel.ask('set', { name: 'lr', expression: '0.5' });
    await kernel.ask('set', { name: 'nothing', expression: 'None' });
    assert.equal((await kernel.run('print(lr, nothing)')).printed, '0.5 None\n');
    await kernel.ask('rename', { name: 'lr', to: 'rate' });
    await kernel.ask('delete', { names: ['nothing'] });
    assert.equal(
      (await kernel.run('print(rate, "lr" in globals(), "nothing" in globals())'))
        .printed,
      '0.5 False False\n'
    );
  });

  test('has the history of what the statements stored', async () => {
    await kernel.run('loss = 3\nloss = 2\nloss = 1');
    const { points } = await kernel.ask('history', { name: 'loss' });
    assert.deepEqual(
      points.map(([, value]) => value),
      [3, 2, 1]
    );
  });

  test('shows a list of dicts as a table, sorted', async () => {
    await kernel.run('rows = [{"a": i % 7, "b": str(i)} for i in range(5000)]');
    const table = await kernel.ask('table', {
      path: [['name', 'rows']],
      sort: [{ column: 0, descending: true }],
      limit: 2,
      as_text: true
    });
    assert.deepEqual(
      table.columns.map(column => column.label),
      ['a', 'b']
    );
    assert.deepEqual(
      table.rows.map(row => row[0]),
      ['6', '6']
    );
  });

  test('refuses clearly what needs threads', async () => {
    await kernel.run('d = {"a": 1}');
    const { code, message } = await kernel.ask('value', { path: [['name', 'd']] });
    assert.equal(code, -32003);
    assert.match(message, /cannot be given a time limit/);
  });

  test('rules tell', async () => {
    await kernel.run('q = 0');
    const { rule } = await kernel.ask('rule.add', {
      condition: 'q > 3',
      action: 'notify'
    });
    await kernel.run('for q in range(6): await asyncio.sleep(0)');
    const { params } = kernel.told.findLast(message => message.method === 'event');
    assert.match(params.message, /q > 3/);
    await kernel.ask('rule.remove', { id: rule.id });
  });

  test('rules stop a cell: at the end of a statement, in its loops, and where it awaits', async () => {
    for (const [code, last] of [
      ['q = 5\nafter = 1', 5],
      ['for q in range(10_000_000): pass\nafter = 1', null],
      ['while True:\n    q += 1\n    await asyncio.sleep(0)', null],
      [
        'def f():\n    global q\n    q = 9\nf()\nfor i in range(10_000_000): pass\nafter = 1',
        9
      ]
    ]) {
      await kernel.run('q = 0; after = 0');
      const { rule } = await kernel.ask('rule.add', {
        condition: 'q > 3',
        action: 'stop'
      });
      const { status, evalue, traceback } = await kernel.run(code);
      await kernel.ask('rule.remove', { id: rule.id });
      assert.equal(status, 'error', code);
      assert.match(evalue, /Stopped by the rule q > 3: q = /);
      assert.equal(kernel.read('after'), 0);
      assert.ok(last === null || kernel.read('q') === last);
      assert.doesNotMatch(traceback.join('\n'), /livens\/(kernel|watching)/);
      assert.equal((await kernel.run('print(q)')).status, 'ok');
    }
  });

  test('the hooks of others are called once for each cell, those that await too', async () => {
    await kernel.run(
      'calls = []\nget_ipython().events.register("post_run_cell", lambda r: calls.append(r.success))'
    );
    await kernel.run('1');
    await kernel.run('await asyncio.sleep(0)');
    await kernel.run('await asyncio.sleep(0)\n1/0');
    assert.deepEqual(kernel.read('calls'), [true, true, true, false]);
  });

  test('`%watch` and the functions of livens work', async () => {
    await kernel.run('import livens\nfired = []\nz = 0');
    await kernel.run(
      'rule = livens.add_rule("z > 1", lambda f: fired.append(f.message))'
    );
    await kernel.run(
      'seen = []\nhandle = livens.on_change("z", lambda v: seen.append(v.preview))'
    );
    await kernel.run('for z in range(3): await asyncio.sleep(0.06)');
    assert.equal(kernel.read('seen[-1]'), '2');
    assert.equal(kernel.read('fired').length, 1);
    assert.match((await kernel.run('%watch z')).printed, /z.*2/);
    await kernel.run('%watch --on');
    await kernel.run('handle.close(); rule.close()\n%unwatch');
  });

  test('environment and digests are told', async () => {
    const { python, packages } = await kernel.ask('environment');
    assert.match(python, /^3\./);
    assert.ok('livens' in packages);
    const { digests } = await kernel.ask('digest', { names: ['x'] });
    assert.ok(digests);
  });

  test('two clients, of which one goes', async () => {
    kernel.open({ names: ['x'] }, 'other');
    kernel.close('other');
    kernel.told.length = 0;
    await kernel.run('x = 77');
    assert.deepEqual(kernel.seen('x'), ['77']);
    assert.equal(kernel.sent.filter(message => message.comm_id === 'other').length, 1);
  });

  test('bad messages are answered, and end nothing', async () => {
    kernel.told.length = 0;
    kernel._comm('comm_msg', { comm_id: 'a-comm', data: null });
    kernel._comm('comm_msg', { comm_id: 'a-comm', data: { id: 1, method: 'no' } });
    assert.equal(kernel.told.filter(message => message.error).length, 2);
  });

  test('logs no failure of ours, and leaves the kernel as it was', async () => {
    const { printed } = await kernel.run('%unload_ext livens');
    assert.equal(printed, '');
    assert.equal(kernel.sent.at(-1).type, 'comm_close');
    await kernel.run('import sys');
    assert.deepEqual(
      kernel.read(
        '[hasattr(get_ipython(), "watcher"), "run" in vars(get_ipython().kernel), ' +
          '"livens.variables" in get_ipython().kernel.comm_manager.targets, ' +
          '[sys.monitoring.get_tool(tool) for tool in (3, 4, 5)]]'
      ),
      [false, false, false, [null, null, null]]
    );
    assert.deepEqual(
      kernel.errors.filter(text => /livens/.test(text)),
      []
    );
  });
});

test('in a kernel without the loader, `%load_ext livens` says what does not work', async () => {
  const kernel = await Kernel.start({ withLoader: false });
  kernel.open();
  assert.equal(kernel.sent.at(-1).type, 'comm_close');
  const { status, printed } = await kernel.run('%load_ext livens');
  assert.equal(status, 'ok');
  assert.match(printed, /kernel of type PyodideKernel these do not work/);
  assert.match(printed, /own text/);
  assert.equal(
    (await kernel.run('%load_ext livens')).printed.includes('do not work'),
    false
  );
  kernel.open({}, 'again');
  await kernel.run('x = 1');
  assert.deepEqual(kernel.seen('x'), ['1']);
});
