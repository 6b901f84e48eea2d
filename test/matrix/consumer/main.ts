import { flow } from './flow.js';

flow().then(
  () => console.log(`flow: done on ${process.version}`),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
