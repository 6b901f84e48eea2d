import { Controller, Get, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { CountCalls, MeteringService, Quota } from '../../../lib/index.js';
import { countingModule } from '../counting.js';
import { freePort, serve } from '../quota-application.js';

/** Milliseconds: a machine that is busy must not be taken for servers that are away. */
const PATIENT = 30_000;

@Controller()
@Quota({ name: 'messages', timeout: PATIENT, limit: 10 })
class Messages {
  @MessagePattern('sum')
  @Quota({
    name: 'sums',
    limit: 2,
    dimensions: { by: (context) => context.switchToRpc().getData<{ by: string }>().by },
  })
  sum(@Payload() { numbers }: { numbers: number[] }): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }
}

test('quotas of a message are all or nothing, and refuse as guards do', async () => {
  const options = { host: '127.0.0.1', port: await freePort() };
  const module = await countingModule({ controllers: [Messages] });
  const app = await NestFactory.createMicroservice(module, {
    transport: Transport.TCP,
    options,
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  await app.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  onTestFinished(() => {
    void client.close();
  });
  const send = (by: string) => firstValueFrom(client.send<number>('sum', { by, numbers: [3, 4] }));
  expect([await send('ann'), await send('ann'), await send('bob')]).toEqual([7, 7, 7]);
  await expect(send('ann')).rejects.toBeDefined();
  const metering = app.get(MeteringService);
  expect(await metering.total('messages')).toBe(3);
  expect(await metering.total('sums', { by: 'ann' })).toBe(2);
});

@Controller({ scope: Scope.REQUEST })
class Scoped {
  @Get('scoped')
  @Quota([
    { name: 'scoped.a', timeout: PATIENT, limit: 2 },
    { name: 'scoped.b', timeout: PATIENT, limit: 1 },
  ])
  @CountCalls({ name: 'scoped.calls' })
  scoped(): string {
    return 'ok';
  }

  @Get('counted')
  @CountCalls({ name: 'counted.calls' })
  @Quota({ name: 'counted', timeout: PATIENT, limit: 1 })
  counted(): string {
    return 'ok';
  }
}

test('quotas hold on controllers of a request, and beside @CountCalls() on either side', async () => {
  const { metering, call } = await serve(new ExpressAdapter(), [Scoped]);
  for (const path of ['scoped', 'counted']) {
    expect([(await call(path)).status, (await call(path)).status]).toEqual([200, 429]);
  }
  const names = ['scoped.a', 'scoped.b', 'scoped.calls', 'counted', 'counted.calls'];
  const totals = () => Promise.all(names.map((name) => metering.total(name)));
  // @CountCalls() is not awaited
  await expect.poll(totals).toEqual([1, 1, 1, 1, 1]);
});
