/** Installs what the tests need and cannot find, where that needs no question; else fails saying how. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const aptGet = 'apt-get -o DPkg::Lock::Timeout=120';
const managers = [
  {
    name: 'apt-get',
    needsRoot: true,
    install: (packages) =>
      `${aptGet} update && DEBIAN_FRONTEND=noninteractive ${aptGet} install -y --no-install-recommends ${packages}`,
  },
  { name: 'apk', needsRoot: true, install: (packages) => `apk add --no-cache ${packages}` },
  { name: 'brew', needsRoot: false, install: (packages) => `brew install ${packages}` },
];

export function onPath(program) {
  // The last is where Debian has what administrators use; not everybody's path leads there.
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

/** The command line for a shell that may run it without asking, or `undefined`. */
function unattended(command, needsRoot) {
  if (!needsRoot || process.getuid?.() === 0) return command;
  const sudo = onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? `sudo -n sh -c '${command}'` : undefined;
}

/**
 * @param missing gives the names of what is not there; asked again after the installation.
 * @param packages what to install, by the name of the package manager.
 * @param inWords what to install, said to whoever has none of those.
 */
export function ensure(missing, packages, inWords) {
  const absent = missing();
  if (absent.length === 0) return;
  const names = absent.join(', ');
  const manager = managers.find(({ name }) => name in packages && onPath(name));
  if (manager === undefined) fail(`The tests need ${names}: install ${inWords}`);

  const install = manager.install(packages[manager.name]);
  const command = unattended(install, manager.needsRoot);
  if (command === undefined) fail(`The tests need ${names}. Run as root: ${install}`);

  console.error(`The tests need ${names}: ${command}`);
  const { status } = spawnSync('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'] });
  const still = missing();
  if (status !== 0 || still.length > 0)
    fail(`Could not install ${still.join(', ') || names}. Run: ${install}`);
}
