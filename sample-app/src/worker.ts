import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EnvironmentError } from './environment.js';
import { shutdownSignals, startProcess } from './start-process.js';
import { WorkerModule } from './worker.module.js';

await startProcess(async (environment) => {
  if (environment.redisUrl === undefined || environment.databaseUrl === undefined) {
    throw new EnvironmentError(
      'A worker needs REDIS_URL and DATABASE_URL, those of the application',
    );
  }
  const worker = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment));
  worker.enableShutdownHooks(shutdownSignals, { useProcessExit: true });
  new Logger('Worker').log('Worker started');
});
