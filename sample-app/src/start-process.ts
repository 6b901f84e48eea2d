import { ShutdownSignal } from '@nestjs/common';
import { EnvironmentError, readEnvironment, type Environment } from './environment.js';

export const shutdownSignals = [
  ShutdownSignal.SIGINT,
  ShutdownSignal.SIGTERM,
  ShutdownSignal.SIGHUP,
];

/** Ends the process when it cannot start, with a message for whoever started it. */
export async function startProcess(
  start: (environment: Environment) => Promise<void>,
): Promise<void> {
  // Without a handler a signal ends the process at once, and leaves an embedded PostgreSQL behind.
  const interrupt = (): void => process.exit(1);
  for (const signal of shutdownSignals) process.once(signal, interrupt);
  try {
    await start(readEnvironment());
    for (const signal of shutdownSignals) process.off(signal, interrupt);
  } catch (error) {
    console.error(error instanceof EnvironmentError ? error.message : error);
    process.exit(1);
  }
}
