import { CountingProcess } from '../support/processes/counting-process.js';
import type { SteadyLoad, SteadyProbe } from '../support/processes/protocol.js';
import type { Servers } from './servers.js';

export interface DeploymentSettings {
  kind: SteadyLoad['kind'];
  processes: number;
}

/** What all deployments of a run have in common. */
export interface Load extends Pick<SteadyLoad, 'names' | 'intervals'> {
  /** How long idempotency keys are known, in milliseconds. */
  idempotencyTtl: number;
}

export interface MemberSample extends SteadyProbe {
  member: string;
}

export const QUEUES = 5;
/** Of all processes of a deployment together, in milliseconds. */
const PERIOD = 50;
const NAMES_A_CALL = 1000;

/** Some processes that share a namespace, and a load that stays the same. */
export class Deployment {
  readonly name: string;
  readonly namespace: string;
  private members: CountingProcess[] = [];

  constructor(
    readonly settings: DeploymentSettings,
    private readonly load: Load,
    private readonly servers: Pick<Servers, 'redisUrl' | 'databaseUrl'>,
  ) {
    this.name = `${settings.kind}, ${settings.processes} × process`;
    this.namespace = `soak-${settings.kind}-${settings.processes}`;
  }

  /** Starts the processes, and counts and reads every counter once: from then on all are known. */
  async start(): Promise<void> {
    const { idempotencyTtl } = this.load;
    this.members = Array.from(
      { length: this.settings.processes },
      () =>
        new CountingProcess({
          redis: this.servers.redisUrl,
          namespace: this.namespace,
          databaseUrl: this.servers.databaseUrl,
          updateInterval: Math.max(...this.load.intervals),
          acknowledgeTimeout: idempotencyTtl - 1000,
          idempotencyTtl,
        }),
    );
    await Promise.all(this.members.map(({ ready }) => ready));
    if (this.settings.kind !== 'hot') await Promise.all(this.members.map((one) => this.warm(one)));
  }

  async startLoad(): Promise<void> {
    const { kind, processes } = this.settings;
    const { names, intervals } = this.load;
    const load = { kind, names, intervals, period: PERIOD * processes };
    await Promise.all(this.members.map((member) => member.startSteadyLoad(load)));
  }

  sample(): Promise<MemberSample[]> {
    return Promise.all(
      this.members.map(async (member, index) => ({
        member: `${this.name} ${index + 1}`,
        ...(await member.probe()),
      })),
    );
  }

  async stopLoad(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stopSteadyLoad()));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }

  private async warm(member: CountingProcess): Promise<void> {
    const { names } = this.load;
    for (let start = 0; start < names; start += NAMES_A_CALL) {
      const length = Math.min(NAMES_A_CALL, names - start);
      const some = Array.from({ length }, (_, index) => `random:${start + index}`);
      await member.incrMany(some.map((name) => ({ name })));
      if (this.settings.kind === 'mixed') await member.getCounts(some);
    }
    await member.flush();
  }
}
