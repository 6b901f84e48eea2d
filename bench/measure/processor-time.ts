import { readdirSync, readFileSync } from 'node:fs';
import type { Clock, World } from '../subject.js';

/** Linux counts in hundredths of a second, whatever the processor. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time; NaN where it is not known. */
export interface ProcessorTimes {
  client: number;
  redis: number;
  postgres: number;
  mariadb: number;
}

/** Takes the processor times of this process and of the servers between begin and end. */
export class ProcessorClock implements Clock {
  private began = 0;
  private before?: ProcessorTimes;
  spent?: ProcessorTimes;

  constructor(private readonly world: World) {}

  begin(): void {
    this.before = this.take();
    this.began = performance.now();
  }

  end(): number {
    const seconds = (performance.now() - this.began) / 1000;
    const { before } = this;
    if (before === undefined) throw new Error('The clock was not begun');
    const after = this.take();
    this.spent = {
      client: after.client - before.client,
      redis: after.redis - before.redis,
      postgres: after.postgres - before.postgres,
      mariadb: after.mariadb - before.mariadb,
    };
    return seconds;
  }

  private take(): ProcessorTimes {
    const { user, system } = process.cpuUsage();
    const { redis, postgres, mariadb } = this.world;
    const [ofRedis = NaN, ofPostgres = NaN, ofMariadb = NaN] = processorTimes([
      redis.pid,
      postgres.pid,
      mariadb?.pid,
    ]);
    return {
      client: (user + system) / 1e6,
      redis: ofRedis,
      postgres: ofPostgres,
      mariadb: ofMariadb,
    };
  }
}

/** Of each process, its children, and those of them that have ended. */
function processorTimes(roots: readonly (number | undefined)[]): number[] {
  const times = new Map<number, { parent: number; seconds: number }>();
  try {
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry);
      if (Number.isInteger(pid)) times.set(pid, readTimes(pid));
    }
  } catch {
    return roots.map(() => NaN);
  }
  return roots.map((root) => {
    if (root === undefined) return NaN;
    let sum = 0;
    for (const [pid, { parent, seconds }] of times)
      if (pid === root || parent === root) sum += seconds;
    return sum;
  });
}

function readTimes(pid: number): { parent: number; seconds: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // behind the command, which may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND };
  } catch {
    // it ended meanwhile
    return { parent: 0, seconds: 0 };
  }
}
