// What is said where livens is not in a kernel.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installCommand, isTooOld, type IPython } from '../../src/model/loading';

const python = (more: Partial<IPython>): IPython => ({
  executable: '/opt/env/bin/python',
  version: [3, 12],
  hasPip: true,
  isWindows: false,
  ...more
});

test('livens is installed for the Python of the kernel, by what that has', () => {
  assert.equal(installCommand(null), '%pip install livens');
  assert.equal(installCommand(python({})), '%pip install livens');
  assert.equal(
    installCommand(python({ hasPip: false })),
    'uv pip install --python /opt/env/bin/python livens'
  );
});

test('the path of a Python is one word, whatever is in it', () => {
  const command = (executable: string, isWindows = false) =>
    installCommand(python({ hasPip: false, executable, isWindows }));
  assert.equal(
    command("/home/o'neil $(x)/bin/python"),
    `uv pip install --python '/home/o'"'"'neil $(x)/bin/python' livens`
  );
  assert.equal(
    command('C:\\Program Files\\python.exe', true),
    'uv pip install --python "C:\\Program Files\\python.exe" livens'
  );
});

test('a Python that livens does not run on is known by its version', () => {
  for (const [version, expected] of [
    [[3, 10], true],
    [[2, 7], true],
    [[3, 11], false],
    [[3, 14], false],
    [[4, 0], false]
  ] as const) {
    assert.equal(isTooOld(python({ version })), expected, version.join('.'));
  }
});
