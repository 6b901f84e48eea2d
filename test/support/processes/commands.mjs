import { MeteringService } from 'nestjs-fastcounter';
import { DataSource } from 'typeorm';
import { billing } from './billing.mjs';
import { startLoad } from './load.mjs';
import { outcomesOf } from './outcomes.mjs';
import { probe } from './probe.mjs';
import { openRecord } from './record.mjs';
import { callRecorded } from './recorded-calls.mjs';
import { startRecordedLoad } from './recorded-load.mjs';
import { startSteadyLoad } from './steady-load.mjs';
import { startTransactions } from './transactions.mjs';
import { connectTally } from './tally.mjs';
import { startWatch } from './watch.mjs';

/**
 * What the process can be told to do; every command answers something that JSON can hold.
 *
 * @param {import('@nestjs/common').INestApplicationContext} app
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {import('./protocol.js').TallyAddress | undefined} address
 */
export async function commandsFor(app, counters, address) {
  const tally = address && (await connectTally(address));
  const needTally = () => tally ?? fail('this process was started without a tally');
  let load;
  let watch;
  let recordedLoad;
  let steadyLoad;
  let transactions;

  return {
    closed: false,

    /** Every name so many times, all concurrently. */
    async incr({ names, times = 1, delta = 1, options }) {
      const calls = names.flatMap((name) =>
        Array.from({ length: times }, () => counters.incr(name, delta, options)),
      );
      return outcomesOf(calls);
    },
    /** As `incr`, without waiting for the answer. */
    fireAndForget({ names, times = 1 }) {
      for (let i = 0; i < times; i++) for (const name of names) void counters.incr(name);
    },
    incrMany: ({ increments }) => counters.incrMany(increments),
    /** Every key so many times, all concurrently; answers how often it was told true of each. */
    incrOnce: ({ name, keys, times, options }) =>
      truths(keys, times, (key) => counters.incrOnce(name, key, options)),
    undoOnce: ({ name, keys, times }) => truths(keys, times, (key) => counters.undoOnce(name, key)),
    async consume({ name, options }) {
      const { allowed, used } = await app.get(MeteringService).consume(name, options);
      return { allowed, used };
    },
    async get({ names }) {
      return (await counters.getCounts(names, { bigint: true })).map(String);
    },
    flush: ({ names }) => counters.flush(names),
    importLog: (log) => app.get(MeteringService).importEvents(eventsOf(log), { windows: ['day'] }),
    rename: ({ from, to }) => counters.rename(from, to),
    record: ({ name, options }) => app.get(MeteringService).record(name, 1, options),
    erase: ({ dimensions }) => app.get(MeteringService).erase({ dimensions }),
    status: () => counters.status(),
    async reset({ name }) {
      return String(await counters.reset(name, { bigint: true }));
    },

    /** A method of the metering service; numbers beyond 2^53 become texts. */
    async meter({ method, given }) {
      const answer = await app.get(MeteringService)[method](...given);
      const written = JSON.stringify(answer ?? null, (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      return JSON.parse(written);
    },

    ...billing(app),

    /** Increments round after round until `stopLoad`, writing down in the tally what it does. */
    startLoad(parameters) {
      load = startLoad(counters, needTally(), parameters);
    },
    stopLoad: () => load.stop(),
    /** Reads round after round until `stopWatch`, comparing with the tally. */
    startWatch(parameters) {
      watch = startWatch(counters, needTally(), parameters);
    },
    stopWatch: () => watch.stop(),
    /** One group of calls, written down in a file. */
    callRecorded: ({ file, ...group }) => callRecorded(counters, openRecord(file), group),
    /** All kinds of increments and reads until `stopRecordedLoad`, written down in a file. */
    startRecordedLoad(parameters) {
      recordedLoad = startRecordedLoad(counters, parameters, app.get(DataSource));
    },
    stopRecordedLoad: () => recordedLoad.stop(),
    /** Transactions with an increment each until `stopTransactions`, some of which are rolled back. */
    startTransactions(parameters) {
      transactions = startTransactions(app, counters, parameters);
    },
    stopTransactions: () => transactions.stop(),
    /** One transaction, without a wait for what becomes of it. */
    async countInTransaction({ name }) {
      await app
        .get(DataSource)
        .transaction((manager) => counters.incr(name, 1, { transaction: manager }));
    },
    /** The same calls every so many milliseconds, until `stopSteadyLoad`. */
    startSteadyLoad(parameters) {
      steadyLoad = startSteadyLoad(counters, parameters);
    },
    stopSteadyLoad: () => steadyLoad.stop(),
    /** What the process holds, and what it has called so far. */
    async probe() {
      return { ...(await probe(app, counters)), load: steadyLoad.total };
    },

    crash() {
      process.kill(process.pid, 'SIGKILL');
    },
    async close() {
      this.closed = true;
      await app.close();
      tally?.close();
    },
  };
}

async function truths(keys, times, call) {
  const answers = keys.map((key) => Promise.all(Array.from({ length: times }, () => call(key))));
  return (await Promise.all(answers)).map((told) => told.filter(Boolean).length);
}

function fail(message) {
  throw new Error(message);
}

/** A log of three tenants and ten days. */
function* eventsOf({ name, length }) {
  for (let i = 0; i < length; i++) {
    const at = Date.UTC(2026, 5, 1 + (i % 10), 0, 0, 0, i);
    yield { name, id: `event-${i}`, at, dimensions: { tenant: `tenant-${i % 3}` } };
  }
}
