/** Evaluates options with queues, and starts an application with them: tells why it was refused. The packages of no driver are there. */
export const withoutQueues = `
  const repository = {};
  const source = {
    options: { type: 'postgres' },
    isInitialized: true,
    hasMetadata: () => true,
    getRepository: () => repository,
    getMetadata: () => ({ columns: [], ownColumns: [] }),
  };
  class DataModule {}
  Module({ providers: [{ provide: DataSource, useValue: source }], exports: [DataSource] })(DataModule);
  const refusal = async (driver, inFactory) => {
    const redis = 'redis://127.0.0.1:1';
    const counting = inFactory
      ? FastCounterModule.forRootAsync({ queue: { driver }, useFactory: () => ({ redis }) })
      : FastCounterModule.forRoot({ redis, queue: { driver } });
    class Root {}
    Module({ imports: [{ module: DataModule, global: true }, counting] })(Root);
    const settings = { logger: false, abortOnError: false };
    return NestFactory.createApplicationContext(Root, settings).then(
      () => 'started',
      ({ code, message }) => code + ' ' + message,
    );
  };
  // an application that is never started is told nothing
  FastCounterModule.forRoot({ redis: 'redis://127.0.0.1:1' });
  setTimeout(async () => {
    const refused = [];
    for (const driver of ['bull', 'bullmq']) {
      for (const inFactory of [false, true]) refused.push(await refusal(driver, inFactory));
    }
    console.log(JSON.stringify(refused));
    process.exit();
  }, 100);
`;
/** What the script finds, by the package that it is loaded from. */
export const NAMES = {
  'reflect-metadata': '',
  '@nestjs/common': 'Module',
  '@nestjs/core': 'NestFactory',
  typeorm: 'DataSource',
  'nestjs-fastcounter': 'FastCounterModule',
};
