import { clearInterval, setInterval } from 'node:timers';

const HOT = 10;

/** Plain increments of each kind a round, and whether the other calls are made too. */
const ROUNDS = {
  hot: { hot: 6, random: 0, others: false },
  random: { hot: 0, random: 3, others: false },
  mixed: { hot: 2, random: 1, others: true },
};

/**
 * The same calls every round, and a round at fixed times: no call waits for the one before it.
 *
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @param {import('./protocol.js').SteadyLoad} load
 */
export function startSteadyLoad(counters, { kind, period, names, intervals }) {
  const total = { rounds: 0, calls: 0, underWay: 0, failed: {} };
  const calls = ROUNDS[kind];

  const follow = async (call) => {
    total.calls++;
    total.underWay++;
    try {
      await call;
    } catch (error) {
      total.failed[error.code] = (total.failed[error.code] ?? 0) + 1;
    }
    total.underWay--;
  };

  // each counter has an interval of its own, but for one that has them all in turn
  const hot = (number) => {
    const every = number % HOT === 0 ? Math.floor(number / HOT) : number % HOT;
    const updateInterval = intervals[every % intervals.length];
    return counters.incr(`hot:${number % HOT}`, 1, { updateInterval });
  };
  const random = () => {
    const number = whole(names);
    const updateInterval = intervals[number % intervals.length];
    return counters.incr(`random:${number}`, 1, { updateInterval });
  };

  function others(round) {
    const idempotencyKey = `${process.pid}-${round}`;
    if (round % 2 === 0) void follow(counters.incr(`keyed:${round % 7}`, 1, { idempotencyKey }));
    else void follow(counters.incr('windowed', 1, { windows: ['minute'] }));
    if (round % 5 === 0) void follow(counters.incrAndGet(`random:${whole(names)}`));
    if (round % 5 === 1) {
      const some = Array.from({ length: 5 }, () => `random:${whole(names)}`);
      void follow(counters.getCounts(['hot:1', ...some]));
    }
    if (round % 50 === 2) void follow(counters.flush([`hot:${(round / 2) % HOT}`]));
  }

  const timer = setInterval(() => {
    const round = total.rounds++;
    for (let call = 0; call < calls.hot; call++) void follow(hot(round * calls.hot + call));
    for (let call = 0; call < calls.random; call++) void follow(random());
    if (calls.others) others(round);
  }, period);

  return { total, stop: () => clearInterval(timer) };
}

const whole = (below) => Math.floor(Math.random() * below);
