import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configureHttp } from './configure-http.js';
import { listen } from './listen.js';
import { shutdownSignals, startProcess } from './start-process.js';
import { welcome } from './welcome.js';

await startProcess(async (environment) => {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    // Or clients that reuse their connection keep the application from closing, for ever.
    return503OnClosing: true,
  });
  configureHttp(app);
  // FastCounterModule persists what it still holds when the application shuts down.
  app.enableShutdownHooks(shutdownSignals, { useProcessExit: true });
  const url = await listen(app, environment.port);
  console.log(welcome(url, environment.redisUrl === undefined));
});
