// Limits a command, and all that it starts, to a part of the processors, by a control group of Linux.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** As containers with a limit have it. */
const PERIOD = 100_000;
const PREFIX = 'fastcounter-limited-';

/**
 * A group of processes that together have so much of the time of one processor: `wrap` makes a command one that
 * begins in the group, and `remove` removes the group when all in it have ended.
 */
export function limitProcessors(processors) {
  const quota = Math.round(PERIOD * processors);
  const group = makeGroup(quota);
  return {
    wrap: (command, args) => [
      '/bin/sh',
      ['-c', 'echo $$ > "$0" && exec "$@"', join(group, 'cgroup.procs'), command, ...args],
    ],
    async remove() {
      // servers and those who remove their files end a moment after who started them
      for (let left = 100; left > 0; left--) {
        if (removed(group)) return;
        await sleep(100);
      }
      console.error(`Processes are left in ${group}: end them, then remove the group by rmdir`);
    },
  };
}

function makeGroup(quota) {
  const refusals = [];
  for (const place of [...placesOfVersion2(), ...placesOfVersion1()]) {
    sweep(place.parent);
    const group = join(place.parent, `${PREFIX}${process.pid}`);
    try {
      place.prepare?.();
      mkdirSync(group);
      for (const [file, value] of place.limits(quota)) writeFileSync(join(group, file), value);
      return group;
    } catch (error) {
      removed(group);
      refusals.push(`${place.parent}: ${error.message}`);
    }
  }
  const found = refusals.length > 0 ? refusals.join('; ') : 'none is mounted';
  throw new Error(
    `The processor cannot be limited here. This takes Linux with control groups that have the controller "cpu", ` +
      `and the right to make one, which root has (${found}).`,
  );
}

/** The own group, where it has no processes besides groups, and the root. */
function placesOfVersion2() {
  return mounts('cgroup2').flatMap(({ path }) => {
    const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
    return [...new Set([join(path, own), path])]
      .filter((parent) => /\bcpu\b/.test(read(join(parent, 'cgroup.controllers'))))
      .map((parent) => ({
        parent,
        prepare: () => writeFileSync(join(parent, 'cgroup.subtree_control'), '+cpu'),
        limits: (quota) => [['cpu.max', `${quota} ${PERIOD}`]],
      }));
  });
}

function placesOfVersion1() {
  return mounts('cgroup')
    .filter(({ options }) => options.split(',').includes('cpu'))
    .map(({ path: parent }) => ({
      parent,
      limits: (quota) => [
        ['cpu.cfs_period_us', String(PERIOD)],
        ['cpu.cfs_quota_us', String(quota)],
      ],
    }));
}

const mounts = (wanted) =>
  read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === wanted)
    .map(([, path, , options]) => ({ path, options }));

/** What a run left that was killed: one that still runs keeps its group. */
function sweep(parent) {
  for (const name of readdirSync(parent)) if (name.startsWith(PREFIX)) removed(join(parent, name));
}

function removed(group) {
  try {
    rmdirSync(group);
  } catch {
    return !existsSync(group);
  }
  return true;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
