import { InvalidOptionsError } from '../errors.js';
import { reasonOf } from '../words/quote.js';

/** What carries the queues. @publicApi */
export type QueueDriver = 'bull' | 'bullmq';

export const QUEUE_DRIVERS: readonly QueueDriver[] = ['bull', 'bullmq'];

/** The packages of a driver, as npm installs them. */
const PACKAGES: Readonly<Record<QueueDriver, readonly string[]>> = {
  bull: ['@nestjs/bull', 'bull@4'],
  bullmq: ['bullmq'],
};

/** What an import tells whose package is not there: of Node, of bundlers and of test runners. */
const NOT_FOUND = /Cannot find (?:package|module)|Could not resolve|Failed to (?:load|resolve)/i;

/** Says which package of a driver cannot be loaded, and how to install it. */
export function unloadable(driver: QueueDriver, error: unknown): InvalidOptionsError {
  const names = PACKAGES[driver].map((name) => name.replace(/(?!^)@.*$/, ''));
  const reason = reasonOf(error);
  // what the package itself asks for in vain is named where it is not one of ours
  const missing = names.find(
    (name) => reason.includes(`'${name}'`) || reason.includes(`"${name}"`),
  );
  const isMissing = missing !== undefined && NOT_FOUND.test(reason);
  const what = isMissing
    ? `the package ${missing} is not installed`
    : `its packages cannot be loaded: ${reason}`;
  const hint =
    driver === 'bull'
      ? `; with Nest 11 take @nestjs/bull@11. Or install BullMQ, and give option "queue.driver": 'bullmq'`
      : '';
  return new InvalidOptionsError(
    `Option "queue.driver" is '${driver}'${driver === 'bull' ? ', the default,' : ''} and ${what}. ` +
      `Install them: npm install ${PACKAGES[driver].join(' ')}${hint}`,
    { cause: error },
  );
}
