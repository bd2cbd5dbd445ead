#!/usr/bin/env node
// Runs the binary of this platform, which npm has installed as an optional dependency.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const name = `@bicep-race-lint/${process.platform}-${process.arch}`;
const file = process.platform === 'win32' ? 'bicep-race-lint.exe' : 'bicep-race-lint';

function binary() {
  if (process.env.BICEP_RACE_LINT_BINARY) return process.env.BICEP_RACE_LINT_BINARY;
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    console.error(
      `error: the package ${name} is not installed\n` +
        'note: npm leaves it out with `--omit=optional`, and where a lock file from another platform does not name it;\n' +
        '      BICEP_RACE_LINT_BINARY can name a binary that is here'
    );
    process.exit(2);
  }
}

const child = spawn(binary(), process.argv.slice(2), { stdio: 'inherit' });
// Who stops this process means the tool, which first ends the file that it writes. A terminal sends SIGINT to both.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error: ${child.spawnfile} does not run: ${error.message}`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
