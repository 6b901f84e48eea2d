import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../member.js';
import type { FaultKind, Scene } from './fault.js';

const processOf = ({ name }: Member): string => `process of ${name}`;

async function endAndStart(
  members: Member[],
  signal: 'SIGKILL' | 'SIGTERM',
  pause: number,
): Promise<void> {
  await Promise.all(members.map((member) => member.end(signal)));
  await sleep(pause);
  await Promise.all(members.map((member) => member.start()));
}

function killed({ random }: Scene, members: Member[]): ReturnType<FaultKind> {
  const away = random.between(0, 1000);
  return {
    detail: `${members.map(({ name }) => name).join(', ')} for ${Math.round(away)} ms`,
    uses: members.map(processOf),
    happen: () => endAndStart(members, 'SIGKILL', away),
  };
}

const ofRole = ({ crew, random }: Scene, role: 'producer' | 'worker'): Member =>
  random.pick(crew.filter(({ settings }) => settings.role === role));

function stopped(scene: Scene, role: 'producer' | 'worker', most: number): ReturnType<FaultKind> {
  const member = ofRole(scene, role);
  const milliseconds = scene.random.between(300, most);
  return {
    detail: `${member.name} for ${Math.round(milliseconds)} ms`,
    uses: [processOf(member)],
    happen: async () => {
      member.signal('SIGSTOP');
      await sleep(milliseconds);
      member.signal('SIGCONT');
    },
  };
}

export const PROCESS_FAULTS = {
  'a producer is killed': (scene) => killed(scene, [ofRole(scene, 'producer')]),
  'a worker is killed': (scene) => killed(scene, [ofRole(scene, 'worker')]),
  'several processes are killed at once': (scene) => {
    const { crew, random } = scene;
    const shuffled = crew
      .map((member) => ({ member, rank: random.next() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ member }) => member);
    return killed(scene, shuffled.slice(0, random.whole(2, crew.length)));
  },
  'a process shuts down and starts again': ({ crew, random }) => {
    const member = random.pick(crew);
    const away = random.between(0, 500);
    return {
      detail: `${member.name} for ${Math.round(away)} ms`,
      uses: [processOf(member)],
      happen: () => endAndStart([member], 'SIGTERM', away),
    };
  },
  'a producer is stopped and continued': (scene) => stopped(scene, 'producer', 4000),
  // beyond the lock of its jobs
  'a worker is stopped and continued': (scene) => stopped(scene, 'worker', 6000),
} satisfies Record<string, FaultKind>;
