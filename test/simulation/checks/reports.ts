import type { World } from '../world.js';
import { seedFailed } from './losses.js';

/** Why an outcome may be unknown though Redis forgot nothing. */
const EVER = /^(not acknowledged|the application shut|a call was repeated)/;

/** Nobody reports what did not happen. */
export function checkReports(world: World): string[] {
  const { reports, redis, stage, settings } = world;
  const isWiped = redis.losses.length > 0;
  // a seed that nobody knows of may stand below the ledger, as after going back
  const isRewound = settings.losses.includes('rewind') || (isWiped && seedFailed(stage));
  const expected = (event: string, reason: string): boolean => {
    switch (event) {
      case 'redisWiped':
        return isWiped;
      case 'redisLostWrites':
        return isWiped;
      case 'parked':
        return isRewound;
      case 'databaseWentBack':
        return isRewound || seedFailed(stage);
      default:
        return isWiped || EVER.test(reason);
    }
  };
  return reports.flatMap(({ event, partition, reason = '' }) => {
    if (expected(event, reason)) return [];
    return [`partition ${partition}: ${event} was reported for nothing (${reason})`];
  });
}
