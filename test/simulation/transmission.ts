import { CacheUnavailableError } from '../../lib/errors.js';
import type { RedisServer } from './redis-server.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import { drawDelay, drawFate } from './weather.js';

export interface Line {
  stage: Stage;
  owner: SimulatedProcess;
  redis: RedisServer;
  /** Milliseconds after which a call is given up. */
  timeout: number;
}

/** One call of a process to Redis and its answer, as the weather lets them pass. */
export function transmit<Answer>(
  { stage, owner, redis, timeout }: Line,
  label: () => string,
  effect: () => Promise<Answer>,
): Promise<Answer> {
  const { time, random, redisWeather: weather } = stage;
  return new Promise((resolve, reject) => {
    if (!owner.maySend()) return;
    const there = drawDelay(weather, random);
    const back = drawDelay(weather, random);
    const drawn = drawFate(weather, random);
    const fate = drawn === 'fine' && there + back > timeout ? 'replyLost' : drawn;
    stage.note(() => `→ redis ${label()}${fate === 'fine' ? '' : `  [${fate}]`}`);

    const giveUp = (delay: number): void => {
      const mayHaveRun = fate !== 'refused';
      const failed = (): void => {
        stage.note(() => `✗ redis ${label()}`);
        reject(new CacheUnavailableError('Redis did not answer', { mayHaveRun }));
      };
      time.after(delay, failed, owner);
    };
    if (fate !== 'fine') {
      stage.fault(`Redis: ${FAULTS[fate]}`);
      giveUp(fate !== 'refused' && random.chance(0.5) ? timeout : random.between(0, 5));
    }
    if (fate === 'refused' || fate === 'requestLost') return;

    const unheard = (how: string) => (): void => {
      stage.note(() => `… ${how}: ${owner.name} ${label()}`);
      void effect().catch(fail);
    };
    const fail = (error: unknown): void => time.fail(error);
    const heard = (): void => {
      const deliver = (answer: Answer): void => {
        time.after(
          back,
          () => {
            stage.note(() => `← redis ${label()} ${show(answer)}`);
            resolve(answer);
          },
          owner,
        );
      };
      effect().then(deliver, fail);
    };
    const { rewinds } = redis;
    // one that goes back was started anew, or is another server: connections end with the old one
    const ifConnected = (arrive: () => void, otherwise?: () => void) => (): void => {
      if (redis.rewinds === rewinds) arrive();
      else otherwise?.();
    };
    const arrive =
      fate === 'fine' ? ifConnected(heard, () => giveUp(back)) : ifConnected(unheard('late'));
    time.after(there, arrive, undefined);

    if (!random.chance(weather.duplicated)) return;
    stage.fault('Redis: call repeated later');
    time.after(there + random.exponential(150), ifConnected(unheard('again')), undefined);
  });
}

const FAULTS = {
  refused: 'call refused',
  requestLost: 'request lost',
  replyLost: 'reply lost or late',
};

/** Without generations and nonces: they are others each time. */
function show(answer: unknown): string {
  if (answer === undefined || typeof answer === 'string') return '';
  return JSON.stringify(answer, (key, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value) as unknown;
    if (key === 'nonce' || key === 'generation' || key === 'id') return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
}
