import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxiedConnection, TcpProxy, Wire } from '../../support/tcp-proxy.js';
import type { Fault, FaultKind, Scene } from './fault.js';

type Server = 'Redis' | 'PostgreSQL';

const CLEAR: Wire = { delay: 0, split: 0, swallow: 'nothing' };

/** Connections that will never carry anything again, and that nobody was told of. */
const dead = new WeakSet<ProxiedConnection>();

function clear(proxy: TcpProxy): void {
  // behind what was swallowed nothing makes sense
  for (const connection of proxy.connections) if (dead.has(connection)) connection.cut('RST');
  proxy.set(CLEAR);
}

interface Ways {
  proxies: TcpProxy[];
  whose: string;
  uses: string[];
}

/** The ways of one process to a server, or of all. */
function draw({ crew, random }: Scene, server: Server): Ways {
  const members = random.chance(0.5) ? [...crew] : [random.pick(crew)];
  return {
    proxies: members.map((one) => (server === 'Redis' ? one.redisProxy : one.postgresProxy)),
    whose: members.length === 1 ? members.map(({ name }) => name).join() : 'all',
    uses: members.map(({ name }) => `way of ${name} to ${server}`),
  };
}

function changed(scene: Scene, server: Server, wire: Partial<Wire>, most: number): Fault {
  const { proxies, whose, uses } = draw(scene, server);
  const milliseconds = scene.random.between(300, most);
  const lost = wire.swallow !== undefined;
  return {
    detail: `${whose}, ${JSON.stringify(wire)} for ${Math.round(milliseconds)} ms`,
    uses,
    happen: async () => {
      for (const proxy of proxies) proxy.set(wire);
      await sleep(milliseconds);
      for (const proxy of proxies) {
        clear(proxy);
        if (lost) proxy.cut('RST');
      }
    },
  };
}

function faultsOf(server: Server): Record<string, FaultKind> {
  return {
    [`the way to ${server} is slow`]: (scene) =>
      changed(scene, server, { delay: scene.random.whole(5, 300) }, 3000),
    [`the way to ${server} splits what it carries`]: (scene) =>
      changed(scene, server, { split: scene.random.whole(1, 200) }, 2000),
    [`the way to ${server} loses answers`]: (scene) =>
      changed(scene, server, { swallow: 'toClient' }, 1500),
    [`the way to ${server} is half open`]: (scene) =>
      changed(scene, server, { swallow: scene.random.pick(['both', 'toServer']) }, 4000),
    [`connections to ${server} are cut`]: (scene) => {
      const { proxies, whose, uses } = draw(scene, server);
      const ending = scene.random.pick(['FIN', 'RST'] as const);
      return {
        detail: `${whose}, ${ending}`,
        uses,
        happen: async () => {
          for (const proxy of proxies) proxy.cut(ending);
          await Promise.resolve();
        },
      };
    },
    [`connections to ${server} are refused`]: (scene) => {
      const { proxies, whose, uses } = draw(scene, server);
      const milliseconds = scene.random.between(200, 2500);
      return {
        detail: `${whose}, for ${Math.round(milliseconds)} ms`,
        uses,
        happen: async () => {
          for (const proxy of proxies) {
            proxy.refuse(true);
            proxy.cut('RST');
          }
          await sleep(milliseconds);
          for (const proxy of proxies) proxy.refuse(false);
        },
      };
    },
  };
}

export const NETWORK_FAULTS: Record<string, FaultKind> = {
  ...faultsOf('Redis'),
  ...faultsOf('PostgreSQL'),
  // not to PostgreSQL: its driver waits for an answer without a limit, and learns from TCP that there
  // is nobody, after a quarter of an hour
  'connections to Redis are half open for good': (scene) => {
    const { proxies, whose, uses } = draw(scene, 'Redis');
    const swallow = scene.random.pick(['both', 'toServer', 'toClient'] as const);
    return {
      detail: `${whose}, ${swallow}`,
      uses,
      happen: async () => {
        for (const connection of proxies.flatMap(({ connections }) => connections)) {
          connection.set({ swallow });
          dead.add(connection);
        }
        await Promise.resolve();
      },
    };
  },
};
