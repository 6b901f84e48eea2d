import type { Random } from '../../simulation/random.js';
import type { Member } from '../member.js';
import type { Stage } from '../stage.js';

/** Something that goes wrong, and is all right again when `happen()` resolves. */
export interface Fault {
  /** What it says of itself, beside its kind. */
  detail: string;
  /** What it needs for itself: two faults that share one of these do not overlap. */
  uses: string[];
  /** Rejects when it could not happen. */
  happen: () => Promise<unknown>;
}

export interface Scene {
  stage: Stage;
  crew: readonly Member[];
  random: Random;
}

/** Draws a fault of one kind. */
export type FaultKind = (scene: Scene) => Fault;

export const REDIS = 'redis';
export const POSTGRES = 'postgres';
