import type { RedisLoss } from './settings.js';
import { CALM, drawWeather, OUTAGE } from './weather.js';
import type { World } from './world.js';

/** Everything that goes wrong in one run, until it heals. */
export class Faults {
  private healed = false;

  /** When everything heals. */
  private readonly end: number;
  private readonly replaced = new Set<unknown>();

  constructor(private readonly world: World) {
    this.end = world.stage.time.now + world.settings.span - 1;
  }

  schedule(): void {
    const { settings, stage } = this.world;
    const { random } = stage;
    if (settings.faultless) return;
    this.changeWeather();
    for (let i = random.whole(0, 4); i > 0; i--) this.during(() => this.changeWeather());
    for (let i = random.whole(0, 2); i > 0; i--) this.during(() => this.outage());
    if (random.chance(0.3)) this.during(() => this.stopQueue());
    if (random.chance(0.3)) this.during(() => this.pause());
    if (random.chance(settings.shutdowns)) this.during(() => this.shutDown());
    for (const loss of settings.losses) this.lose(loss);
  }

  /** From here on nothing goes wrong any more; what was sent before may still arrive. */
  heal(): void {
    const { stage, queue, processes } = this.world;
    this.healed = true;
    stage.note(() => 'EVERYTHING HEALS');
    stage.redisWeather = CALM;
    stage.databaseWeather = CALM;
    stage.queueWeather = CALM;
    queue.recover();
    for (const process of processes) process.stepsLeft = Infinity;
    this.replaceTheDead();
    if (!this.world.ready.some(({ options }) => options.workers)) this.world.startProcess(true);
  }

  /** Starts a process that may crash, and then has a successor. */
  startProcess(workers: boolean): void {
    const { settings, stage } = this.world;
    const { random } = stage;
    const process = this.world.startProcess(workers);
    if (random.chance(settings.crashes)) {
      process.stepsLeft = 1 + Math.ceil(random.exponential(settings.life));
    }
    process.onEnd.add(() => {
      stage.time.after(random.exponential(200), () => this.replaceTheDead(), undefined);
    });
  }

  private replaceTheDead(): void {
    for (const process of this.world.processes) {
      if (process.alive || this.replaced.has(process)) continue;
      this.replaced.add(process);
      if (this.healed) this.world.startProcess(process.options.workers);
      else this.startProcess(process.options.workers);
    }
  }

  private during(happen: () => void, share = 1): void {
    const { stage, settings } = this.world;
    const run = (): void => {
      if (!this.healed) happen();
    };
    stage.time.after(stage.random.next() * settings.span * share, run, undefined);
  }

  private changeWeather(): void {
    const { stage } = this.world;
    const { random } = stage;
    stage.redisWeather = random.chance(0.7) ? drawWeather(random) : CALM;
    stage.databaseWeather = random.chance(0.5) ? drawWeather(random) : CALM;
    stage.queueWeather = random.chance(0.5) ? drawWeather(random) : CALM;
  }

  private outage(): void {
    const { stage } = this.world;
    const { random } = stage;
    const away = random.pick(['Redis', 'database'] as const);
    stage.fault(`${away}: away for a while`);
    stage.note(() => `${away} is away`);
    if (away === 'Redis') stage.redisWeather = OUTAGE;
    else stage.databaseWeather = OUTAGE;
    const back = (): void => {
      if (!this.healed) this.changeWeather();
    };
    stage.time.after(random.exponential(300), back, undefined);
  }

  private stopQueue(): void {
    const { stage, queue } = this.world;
    const stuck = stage.random.chance(0.5);
    stage.fault(stuck ? 'queue: stuck' : 'queue: away');
    stage.note(() => (stuck ? 'The queue is stuck' : 'The queue is away'));
    if (stuck) queue.stuck = true;
    else queue.dead = true;
    stage.time.after(stage.random.exponential(2000), () => queue.recover(), undefined);
  }

  private pause(): void {
    const { stage, ready } = this.world;
    if (ready.length === 0) return;
    const { random, time } = stage;
    const left = this.end - time.now;
    random.pick(ready).pause(Math.min(random.exponential(random.pick([50, 800])), left));
  }

  private shutDown(): void {
    const { stage, ready } = this.world;
    if (ready.length < 2) return;
    const process = stage.random.pick(ready);
    const stop = (): void => {
      process.stop().catch((error: unknown) => stage.time.fail(error));
    };
    stage.time.after(0, stop, process);
  }

  /** At any time, or at the worst: soon after something became known to the database. */
  private lose(loss: RedisLoss): void {
    const { stage, database, redis } = this.world;
    const { random } = stage;
    const partitions = random.chance(0.6) ? redis.all() : [random.pick(redis.all())];
    const happen = (): void => {
      if (this.healed) return;
      if (loss === 'wipe') redis.wipe(partitions);
      else redis.rewind(partitions);
    };
    if (loss === 'rewind') {
      this.during(() => {
        redis.lag();
        stage.time.after(random.exponential(150), happen, undefined);
      }, 0.9);
      return;
    }
    if (random.chance(0.4)) {
      this.during(happen);
      return;
    }
    let commits = random.whole(1, 6);
    const { onCommit } = database;
    database.onCommit = () => {
      onCommit();
      if (--commits === 0) stage.time.after(random.exponential(5), happen, undefined);
    };
  }
}
