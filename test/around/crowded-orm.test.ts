import { crowded, parseInOwnWays } from '../support/crowded-orm.js';
import { surroundBy } from '../support/surroundings.js';

// The very suites of CounterService, in an application that asks everything of its ORM and its driver at once.
surroundBy(crowded);
parseInOwnWays();

await import('../integration/incr.test.js');
await import('../integration/incr-and-get.test.js');
await import('../integration/list.test.js');
await import('../integration/delete.test.js');
await import('../integration/overflow.test.js');
await import('../integration/flush.test.js');
await import('../metering/consume.test.js');
await import('../metering/time-zones.test.js');
