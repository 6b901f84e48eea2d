import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment, type DeploymentSettings, type Load, type MemberSample } from './deployment.js';
import { type JobSample, jobsLeft, watchJobs } from './job-watch.js';
import { type ServerSample, type Servers, startServers } from './servers.js';

/** What a run is; times in milliseconds, from the moment when every process has its load. */
export interface SoakSettings extends Load {
  deployments: readonly DeploymentSettings[];
  milliseconds: number;
  /** When the first window begins. */
  warmUp: number;
  /** How long each of the two windows is that are compared; the second one ends with the run. */
  window: number;
  onSample?: (sample: Sample) => void;
}

export interface Sample extends ServerSample {
  /** Milliseconds since the load began. */
  at: number;
  members: MemberSample[];
}

export interface SoakRecord {
  samples: readonly Sample[];
  jobs: readonly JobSample[];
  /** Jobs that are still there when everything has been persisted. */
  left: readonly string[];
  versions: { redis: string; postgres: string };
}

const SAMPLES_A_WINDOW = 8;
/** What a busy machine may take beyond the longest interval, in milliseconds. */
const RECOVERY = 15_000;

/** A constant load on servers of its own, and what they and the processes hold in its course. */
export async function run(settings: SoakSettings): Promise<SoakRecord> {
  const servers = await startServers();
  const deployments = settings.deployments.map((one) => new Deployment(one, settings, servers));
  try {
    // one after the other: all at once would take the machine for itself
    for (const deployment of deployments) await deployment.start();
    for (const deployment of deployments) await deployment.startLoad();
    const begun = performance.now();
    const jobs = watchJobs(servers, deployments, begun);
    const samples = await takeSamples(settings, servers, deployments, begun);
    await jobs.stop();
    for (const deployment of deployments) await deployment.stopLoad();
    const left = await jobsLeft(servers, Math.max(...settings.intervals) + RECOVERY);
    return { samples, jobs: jobs.samples, left, versions: await servers.versions() };
  } finally {
    await Promise.all(deployments.map((deployment) => deployment.dispose()));
    await servers.stop();
  }
}

async function takeSamples(
  { milliseconds, warmUp, window, onSample }: SoakSettings,
  servers: Servers,
  deployments: readonly Deployment[],
  begun: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const now = (): number => performance.now() - begun;
  for (let due = warmUp; due <= milliseconds; due += window / SAMPLES_A_WINDOW) {
    await sleep(Math.max(0, due - now()));
    const at = now();
    const [server, members] = await Promise.all([
      servers.sample(),
      Promise.all(deployments.map((deployment) => deployment.sample())),
    ]);
    const sample = { at, ...server, members: members.flat() };
    samples.push(sample);
    onSample?.(sample);
  }
  return samples;
}
