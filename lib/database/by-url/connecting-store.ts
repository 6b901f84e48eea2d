import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';
import type { CounterStore } from '../counter-store.js';

type Method = (...given: unknown[]) => unknown;

/** Ends calls, and so needs no connection. */
const NEEDS_NONE = 'giveUp';

/**
 * A store whose data source is connected by the first call, and by each later call until that succeeds: a database that is away is
 * an error of the call, as in an application that was connected before.
 */
export function connectingStore(dataSource: DataSource, store: CounterStore): CounterStore {
  let underWay: Promise<void> | undefined;
  const connect = (): Promise<void> => {
    underWay ??= initialize(dataSource).finally(() => (underWay = undefined));
    return underWay;
  };
  return connecting(store, async () => {
    if (!dataSource.isInitialized) await connect();
  });
}

/** The same object, with methods that connect before; also of the objects in it. */
function connecting<Part extends object>(part: Part, connect: () => Promise<void>): Part {
  return new Proxy(part, {
    get: (target, key): unknown => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value === 'object' && value !== null) return connecting(value, connect);
      if (typeof value !== 'function') return value;
      const call = value as Method;
      if (key === NEEDS_NONE) return () => call.call(target);
      return async (...given: unknown[]) => {
        await connect();
        return call.apply(target, given);
      };
    },
  });
}

async function initialize(dataSource: DataSource): Promise<void> {
  try {
    await dataSource.initialize();
  } catch (cause) {
    throw new DatabaseUnavailableError(`The database gave no connection: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
