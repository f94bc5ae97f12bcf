/**
 * The tests run against real memcached and are never skipped: finds the programs they start, and
 * installs what is missing where that needs no question; else fails naming the command to run.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Each with its names: libmemcached's tool is `memccapable` on Debian, `memcapable` elsewhere. */
const programs = [['memcached'], ['memccapable', 'memcapable'], ['openssl']];

const aptGet = 'apt-get -o DPkg::Lock::Timeout=120';
const managers = [
  {
    manager: 'apt-get',
    needsRoot: true,
    command: `${aptGet} update && DEBIAN_FRONTEND=noninteractive ${aptGet} install -y --no-install-recommends memcached libmemcached-tools openssl`,
  },
  { manager: 'apk', needsRoot: true, command: 'apk add --no-cache memcached libmemcached openssl' },
  { manager: 'brew', needsRoot: false, command: 'brew install memcached libmemcached openssl' },
];

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missing = () => programs.filter((names) => !names.some(onPath)).map((names) => names.join(' or '));

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

/** The command line for a shell that may run it without asking, or `undefined`. */
function unattended({ command, needsRoot }) {
  if (!needsRoot || process.getuid?.() === 0) return command;
  const sudo = onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? `sudo -n sh -c '${command}'` : undefined;
}

const absent = missing();
if (absent.length > 0) {
  const names = absent.join(', ');
  const manager = managers.find((candidate) => onPath(candidate.manager));
  if (manager === undefined) fail(`The tests need ${names}: install memcached and libmemcached's tools`);

  const command = unattended(manager);
  if (command === undefined) fail(`The tests need ${names}. Run as root: ${manager.command}`);

  console.error(`The tests need ${names}: ${command}`);
  const install = spawnSync('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'] });
  const still = missing();
  if (install.status !== 0 || still.length > 0) {
    fail(`Could not install ${still.join(', ') || names}. Run: ${manager.command}`);
  }
}
