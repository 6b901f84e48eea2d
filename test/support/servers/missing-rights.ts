import { InvalidOptionsError } from '../../../lib/index.js';
import { redisCommands } from '../redis-cache.js';
import { asCounterUser } from './documented-access.js';

/** The rights without which a start is not refused by their names, each with what came instead. Takes one away at a time. */
export async function notRefusedWithout(
  rights: readonly string[],
  url: string,
  refusal: (redis: string) => Promise<unknown>,
): Promise<string[]> {
  const command = await redisCommands(url);
  const accepted: string[] = [];
  for (const right of rights) {
    await command('ACL', 'SETUSER', 'fastcounter', `-${right}`);
    const error = await refusal(asCounterUser(url));
    if (!(error instanceof InvalidOptionsError) || !String(error).includes(right.toUpperCase()))
      accepted.push(`${right}: ${String(error)}`);
    await command('ACL', 'SETUSER', 'fastcounter', `+${right}`);
  }
  return accepted;
}
