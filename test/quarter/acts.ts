import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Tenant } from './tenants.js';

/** What a process is told to do; all else in here is for the ledger. */
export type Act =
  | { kind: 'take'; id: number; name: string; options: object }
  | { kind: 'refund'; id: number }
  | { kind: 'record'; name: string; delta: number; options: object }
  | { kind: 'correct'; name: string; options: object }
  | { kind: 'import'; events: readonly Event[]; windows: readonly string[] };

/** A line of a log. */
export interface Event {
  name: string;
  id: string;
  at: number;
  delta: number;
  dimensions: { tenant: string };
}

interface Planned {
  /** The process that is asked. */
  by: CountingProcess;
  /** What has the same claim has an effect once, however often it is asked for. */
  claim: string;
  act: Act;
}

export interface Take extends Planned {
  kind: 'take';
  tenant: Tenant;
  id: number;
  delta: number;
  /** Whether others have its claim. */
  keyed: boolean;
}

export interface Refund extends Planned {
  kind: 'refund';
  of: Taken;
}

export interface Record extends Planned {
  kind: 'record';
  tenant: Tenant;
  delta: number;
  /** The moment that it is of. */
  at: number;
}

export interface Correction extends Planned {
  kind: 'correct';
  tenant: Tenant;
  /** A time in the window. */
  at: number;
  /** What is added, or what it should be. */
  delta?: number;
  value?: number;
}

export interface Import extends Planned {
  kind: 'import';
  events: readonly Event[];
}

export type Operation = Take | Refund | Record | Correction | Import;

/** A take that can be given back: by the process that has its answer. */
export interface Taken {
  by: CountingProcess;
  id: number;
  tenant: Tenant;
  delta: number;
  /** When it was taken. */
  at: number;
}

/** What is asked at one moment, and all at once. */
export interface Round {
  at: number;
  operations: readonly Operation[];
}
