import { MeteringService, ParkedCounts } from 'nestjs-fastcounter';

/**
 * What an application does that bills its tenants: many calls at once, at a time that is set before.
 *
 * @param {import('@nestjs/common').INestApplicationContext} app
 */
export function billing(app) {
  const metering = app.get(MeteringService);
  /** Answers that can be refunded, by the number of the call. */
  const taken = new Map();

  const acts = {
    async take({ id, name, options }) {
      // JSON has no Infinity
      const answer = await metering.consume(name, { ...options, limit: options.limit ?? Infinity });
      taken.set(id, answer);
      const { allowed, used, over } = answer;
      return { allowed, used, over };
    },
    refund: ({ id }) => taken.get(id).refund(),
    record: ({ name, delta, options }) => metering.record(name, delta, options),
    async correct({ name, options }) {
      const { made } = await metering.correct(name, options);
      return { made };
    },
    import: ({ events, windows }) => metering.importEvents(events, { windows }),
  };
  const run = async ({ kind, ...given }) => {
    try {
      return (await acts[kind](given)) ?? {};
    } catch (error) {
      return { failed: `${error.name} ${error.code}: ${error.message}` };
    }
  };

  return {
    /** All at the same time; answers what each answered. */
    bill({ at, acts: given }) {
      globalThis.setClock(at);
      return Promise.all(given.map(run));
    },
    /** Drops what was put aside because Redis went back in time. */
    async discardRewound() {
      const parked = app.get(ParkedCounts);
      for (const { id, reason } of await parked.list()) {
        if (reason === 'rewind') await parked.discard(id, undefined, { by: 'test' });
      }
    },
  };
}
