import { InProcessQueue } from '../../lib/queue/in-process-queue.js';
import { persistQueueConformance } from './persist-queue.conformance.js';
import { onBull } from './queue-drivers/bull.js';

persistQueueConformance({ name: 'in the process', open: () => new InProcessQueue() });

persistQueueConformance(onBull);
