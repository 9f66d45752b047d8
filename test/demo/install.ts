// What the demo needs besides Node: Go to build the service; Prometheus and Alertmanager where they can be had. On
// Debian as root missing packages are installed; elsewhere the line to type is said.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { goToolchains } from '../lib/go.js';
import { findProgram } from '../lib/programs.js';

export interface Available {
  prometheus: boolean;
  alertmanager: boolean;
}

interface Need {
  what: string;
  debianPackage: string;
  isHere: () => boolean;
  isRequired: boolean;
}

const NEEDS: Need[] = [
  { what: 'Go', debianPackage: 'golang-go', isHere: hasGo, isRequired: true },
  { what: 'Prometheus', debianPackage: 'prometheus', isHere: () => has('prometheus'), isRequired: false },
  {
    what: 'Alertmanager',
    debianPackage: 'prometheus-alertmanager',
    isHere: () => has('prometheus-alertmanager'),
    isRequired: false,
  },
];

function has(program: string): boolean {
  return findProgram(program) !== undefined;
}

function hasGo(): boolean {
  return goToolchains().length > 0;
}

export function ensurePrograms(options: {
  mayInstall: boolean;
  say: (what: string, text: string) => void;
}): Available {
  const missing = NEEDS.filter((need) => !need.isHere());
  if (missing.length > 0) {
    const packages = missing.map(({ debianPackage }) => debianPackage);
    const names = missing.map(({ what }) => what).join(', ');
    const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0;
    if (options.mayInstall && isDebianRoot) {
      options.say('installing', `${names} (apt-get install ${packages.join(' ')}); this can take a minute`);
      aptInstall(packages);
    } else {
      options.say(
        'missing',
        `${names}: on Debian "apt-get install ${packages.join(' ')}"; the demo goes on without what it can`,
      );
    }
  }
  const lacking = NEEDS.find((need) => need.isRequired && !need.isHere());
  if (lacking)
    throw new Error(`${lacking.what} is needed to build the service: install it and run the demo again`);
  return { prometheus: has('prometheus'), alertmanager: has('prometheus-alertmanager') };
}

/** Installs without starting services: the demo starts its own on free ports. */
function aptInstall(packages: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const { status, stderr } = spawnSync('apt-get', args, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(`apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
  }
}
