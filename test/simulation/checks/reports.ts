import type { World } from '../world.js';

/** Why an outcome may be unknown though Redis forgot nothing. */
const EVER = /^(not acknowledged|the application shut|a call was repeated)/;

/** Nobody reports what did not happen. */
export function checkReports(world: World): string[] {
  const { reports, redis, settings } = world;
  const isWiped = redis.losses.length > 0;
  const isRewound = settings.losses.includes('rewind');
  const expected = (event: string, reason: string): boolean => {
    switch (event) {
      case 'redisWiped':
        return isWiped;
      case 'redisLostWrites':
      case 'outboxRefused':
        return isWiped;
      case 'columnMissed':
      case 'columnRefused':
        return false;
      case 'parked':
      case 'redisWentBack':
      case 'databaseWentBack':
      case 'rowsChanged':
        return isRewound;
      default:
        return isWiped || EVER.test(reason);
    }
  };
  return reports.flatMap(({ event, partition, reason = '' }) => {
    if (expected(event, reason)) return [];
    return [`partition ${partition}: ${event} was reported for nothing (${reason})`];
  });
}
