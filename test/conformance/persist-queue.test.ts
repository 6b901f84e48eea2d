import { InProcessQueue } from '../../lib/queue/in-process-queue.js';
import { persistQueueConformance } from './persist-queue.conformance.js';
import { onBull } from './queue-drivers/bull.js';
import { onBullMq } from './queue-drivers/bullmq.js';

persistQueueConformance({ name: 'in the process', open: () => new InProcessQueue() });

persistQueueConformance(onBull);

persistQueueConformance(onBullMq);
