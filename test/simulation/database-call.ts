import { DatabaseUnavailableError } from '../../lib/errors.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import { drawDelay, drawFate, type Fate } from './weather.js';

/** A call as it arrives at the database. */
export interface Call<Answer> {
  fate: Fate;
  /** Runs a little later at the server. */
  atServer: (run: () => void) => void;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/** One call of a process to the database, as the weather lets it pass. */
export function callDatabase<Answer>(
  { stage, owner }: { stage: Stage; owner: SimulatedProcess },
  label: () => string,
  run: (call: Call<Answer>) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (!owner.maySend()) return;
    const { time, random, databaseWeather: weather } = stage;
    const fate = drawFate(weather, random);
    stage.note(() => `→ database ${label()}${fate === 'fine' ? '' : `  [${fate}]`}`);
    const fail = (reason: unknown): void => {
      const error =
        typeof reason === 'string' ? new DatabaseUnavailableError(reason) : (reason as Error);
      time.after(drawDelay(weather, random), () => reject(error), owner);
    };
    if (fate === 'refused' || fate === 'requestLost') {
      stage.fault('database: no connection');
      fail('Connection refused');
      return;
    }
    const atServer = (step: () => void): void => {
      time.after(drawDelay(stage.databaseWeather, random), step, undefined);
    };
    const answer = (given: Answer): void => {
      time.after(
        drawDelay(weather, random),
        () => {
          stage.note(() => `← database ${label()}`);
          resolve(given);
        },
        owner,
      );
    };
    atServer(() => run({ fate, atServer, resolve: answer, reject: fail }));
  });
}
