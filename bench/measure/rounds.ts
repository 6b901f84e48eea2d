import type { Measured } from '../host.js';
import type { Contestant, Metrics, Question } from '../question.js';
import type { Servers } from '../servers/servers.js';
import type { Task, World } from '../subject.js';
import { SubjectProcess } from '../subject-process.js';
import { OURS } from '../subjects/ours.js';

export interface RoundsOptions {
  rounds: number;
  /** The duration of a task is multiplied by it. */
  pace: number;
  mariadb: boolean;
  /** Options of Node for contestants that are this package: for a profile. */
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}

/** All contestants of a question in turn, again and again, each beginning a round once. */
export async function measure(
  question: Question,
  servers: Servers,
  options: RoundsOptions,
): Promise<Map<string, Metrics>> {
  const taking = question.contestants.filter(({ needs }) => needs === undefined || options.mariadb);
  const all = taking.map((contestant) => new Participant(contestant, servers, options));
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (let turn = 0; turn < all.length; turn++) {
        const one = all[(turn + round) % all.length];
        if (one === undefined) continue;
        options.onProgress(`${round + 1}/${options.rounds}  ${one.contestant.label}`);
        const task = { ...question.task, ...one.contestant.task };
        if (round === 0 || question.fresh === true) await one.start();
        await one.run(withPace(task, options.pace));
        if (question.fresh === true) await one.close();
      }
    }
    await Promise.all(all.map((one) => one.close()));
  } finally {
    for (const one of all) one.kill();
  }
  return new Map(all.map(({ contestant, metrics }) => [contestant.label, metrics]));
}

/** A contestant with its processes. */
class Participant {
  readonly metrics: Record<string, number[]> = {};
  private processes: SubjectProcess[] = [];
  private world?: World;

  constructor(
    readonly contestant: Contestant,
    private readonly servers: Servers,
    private readonly options: RoundsOptions,
  ) {}

  async start(): Promise<void> {
    const { subject, parameters = {}, processes = 1, label, program } = this.contestant;
    this.world ??= await this.servers.createWorld();
    // one after the other: the first one makes the tables
    for (let count = 0; count < processes; count++) {
      const one = new SubjectProcess(label, nodeOptions(this.contestant, this.options), program);
      this.processes.push(one);
      await one.open({ subject, world: this.world, parameters });
    }
  }

  async run(task: Task): Promise<void> {
    const measured = await Promise.all(this.processes.map((one) => one.run(task)));
    await Promise.all(this.processes.map((one) => one.settle()));
    for (const [name, value] of Object.entries(metricsOf(measured))) {
      (this.metrics[name] ??= []).push(value);
    }
  }

  async close(): Promise<void> {
    const ending = this.processes;
    this.processes = [];
    await Promise.all(ending.map((one) => one.close()));
  }

  kill(): void {
    for (const one of this.processes) one.kill();
  }
}

/** Processor times are microseconds an operation. */
function metricsOf(measured: readonly Measured[]): Record<string, number> {
  const [first] = measured;
  const operations = sum(measured.map((one) => one.operations));
  const client = sum(measured.map(({ spent }) => spent?.client ?? NaN));
  const { redis = NaN, postgres = NaN, mariadb = NaN } = first?.spent ?? {};
  const each = (seconds: number): number => (seconds * 1e6) / operations;
  const database = Number.isNaN(mariadb) ? postgres : postgres + mariadb;
  return {
    rate: sum(measured.map((one) => one.operations / one.seconds)),
    p50: Math.max(...measured.map(({ latencies }) => latencies?.p50 ?? NaN)),
    p99: Math.max(...measured.map(({ latencies }) => latencies?.p99 ?? NaN)),
    clientTime: each(client),
    redisTime: each(redis),
    databaseTime: each(database),
    ...first?.extra,
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function withPace(task: Task, pace: number): Task {
  return { ...task, duration: task.duration * pace };
}

function nodeOptions({ nodeOptions = [], subject }: Contestant, options: RoundsOptions): string[] {
  return [...nodeOptions, ...(OURS.has(subject) ? options.nodeOptions : [])];
}
